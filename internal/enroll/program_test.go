package enroll_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/pace"
)

func TestParsePrograms(t *testing.T) {
	t.Parallel()

	programs, err := enroll.ParsePrograms([]byte(`{"programs":[
		{"name":"a","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s"},
		{"name":"b","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s","max_attempts":2,"max_age":"90s","retry_base":"1s","retry_cap":"3s","on_unknown":"hold"}]}`))
	require.NoError(t, err)
	require.Equal(t, pace.Backoff{Base: 2 * time.Second, Cap: 10 * time.Minute}, programs["a"].Backoff)
	require.Equal(t, enroll.Resend, programs["a"].OnUnknown)
	require.Equal(t, "ISSUER", programs["a"].CardSource)
	require.Equal(t, 8, programs["a"].MaxAttempts)
	require.Equal(t, pace.Backoff{Base: time.Second, Cap: 3 * time.Second}, programs["b"].Backoff)
	require.Equal(t, enroll.Duration(90*time.Second), programs["b"].MaxAge)
}

func TestParseProgramsNamesWhatIsWrong(t *testing.T) {
	t.Parallel()

	const good = `"src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s"`

	for text, want := range map[string]string{
		``:                                   "as described in docs/settings.md: the file is empty",
		`{"programs":[]}`:                    "lists no program",
		`{"programs":[{"color":"red"}]}`:     `unknown field "color"`,
		`{"programs":[{"max_age":"1 day"}]}`: "unit",
		`{"programs":[{"name":"A B"}]}`:      "program 1 (A B): name must be 1 to 32 of a-z 0-9 -\nprogram 1 (A B): src_client_id is missing\nprogram 1 (A B): service_id is missing",
		`{"programs":[{"name":"a",` + good + `},{"name":"a",` + good + `}]}`:                                    "program 2 (a): the name is used twice",
		`{"programs":[{"name":"a","on_unknown":"guess",` + good + `}]}`:                                         "on_unknown must be resend or hold",
		`{"programs":[{"name":"a","max_attempts":-1,` + good + `}]}`:                                            "program 1 (a): max_attempts must be 1 to 1000, not -1",
		`{"programs":[{"name":"a","retry_base":"1h",` + good + `}]}`:                                            "retry_base must be 1ms or more and no more than retry_cap, which must be 24h at most; they are 1h0m0s and 10m0s",
		`{"programs":[{"name":"a","consumer_identity":"SHOE_SIZE",` + good + `}]}`:                              "consumer_identity must be",
		`{"programs":[{"name":"a","src_client_id":"B3A5C1DE-0F2E-4D7A-9C41-5E8F60718293","service_id":"s"}]}`:   `program 1 (a): src_client_id: "B3A5C1DE-0F2E-4D7A-9C41-5E8F60718293" is not a UUID in lower case`,
		`{"programs":[{"name":"a","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"a b"}]}`: `service_id: "a b" is not 1 to 255 of letters`,
		`{"programs":[{"name":"a","card_source":"BANK",` + good + `}]}`:                                         "card_source must be ISSUER",
		`{"programs":[{"name":"a","compliance":{"tnc":{"latestVersion":"2"}},` + good + `}]}`:                   "compliance.tnc must have latestVersionUri, acceptedVersion or both",
		`{"programs":[{"name":"a","consumer_email":"no",` + good + `}]}`:                                        "program 1 (a): consumer_email: must be true or false, not string",
		`{"programs":[{"name":"a","burst":2,"rate":1,` + good + `}]}`:                                           "burst must be 0 (a tenth of the rate) or more, and no more than rate",
		`{"programs":[{"name":"a","burst":-1,"rate":1,` + good + `}]}`:                                          "burst must be 0 (a tenth of the rate) or more, and no more than rate",
		`{"programs":[{"name":"a","max_age":"-1s",` + good + `}]}`:                                              "max_age must be 1m to 720h, not -1s",
		`{"programs":[{"name":"a","max_age":"1s",` + good + `}]}`:                                               "max_age must be 1m to 720h, not 1s",
		`{"programs":[{"name":"a","max_age":"24",` + good + `}]}`:                                               `program 1 (a): max_age: "24" has no unit; write such as 24h`,
		`{"programs":[{"name":"a","max_age":24,` + good + `}]}`:                                                 `program 1 (a): max_age: must be a text such as "90s", not number`,
		`{"programs":[{"name":"a","max_attempts":0,` + good + `}]}`:                                             "max_attempts must be 1 to 1000, not 0",
		`{"programs":[{"name":"a","max_attempts":2.5,` + good + `}]}`:                                           "max_attempts: must be a whole number, not number 2.5",
		`{"programs":[{"name":"a","rate":"fast",` + good + `}]}`:                                                "program 1 (a): rate: must be a number, not string",
		`{"programs":[{"name":"a","max_in_flight":1001,` + good + `}]}`:                                         "max_in_flight must be 1000 at most, not 1001",
		`[]`:                   `is not {"programs": [{…}, …]}, as described in docs/settings.md: must be an object, not array`,
		`{"programs":[7]}`:     "program 1 (): must be an object, not number",
		"{\n\"programs\" 7}":   "line 2: the file is not JSON",
		`{"programs":[]} more`: "line 1: something follows the end",
		`{"programs":[{"name":"a",` + good + `,"compliance":{"tnc":{"acceptedVersion":"1","latestVersionUri":"http://a"}}}]}`: "compliance.tnc.latestVersionUri must begin with https://",
		`{"programs":[{"name":"a",` + good + `,"compliance":{"tnc":{"acceptedVersion":1}}}]}`:                                 "program 1 (a): compliance.tnc.acceptedVersion: must be a text, not number",
		`{"programs":[{"name":"a",` + good + `,"compliance":{"privacy":{"acepted":"x"}}}]}`:                                   `unknown field "acepted"`,
	} {
		_, err := enroll.ParsePrograms([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

// One member that cannot be read hides neither the others nor the other programs.
func TestParseProgramsNamesAllThatIsWrong(t *testing.T) {
	t.Parallel()

	_, err := enroll.ParsePrograms([]byte(`{"programs":[{"name":"a","max_age":"24","rate":"x","color":1},{"name":"B","burst":-1}]}`))
	for _, want := range []string{
		`program 1 (a): max_age: "24" has no unit`, "program 1 (a): rate: must be a number", `program 1 (a): unknown field "color"`,
		"program 1 (a): service_id is missing", "program 2 (B): name must be", "program 2 (B): burst must be",
	} {
		require.ErrorContains(t, err, want)
	}

	require.NotContains(t, err.Error(), "Go ")
	require.NotContains(t, err.Error(), "json:")
}

func FuzzParsePrograms(f *testing.F) {
	f.Add([]byte(`{"programs":[{"name":"a","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s","max_age":"90s"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		programs, err := enroll.ParsePrograms(text)
		if err == nil && len(programs) == 0 {
			t.Fatal("accepted, and holds no program")
		}
	})
}

func TestHMACKeyFile(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "hmac-key.txt")
	secret := base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

	for content, want := range map[string]string{
		secret + "\n":     "",
		"not base64!":     "is not base64",
		"c2hvcnQ=":        "fewer than 32 bytes",
		"":                "it is empty",
		secret + "\n\n\n": "",
	} {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))

		key, err := enroll.LoadHMACKey(file)
		if want == "" {
			require.NoError(t, err, content)
			require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", key, key, key, key), "0123456789abcdef")

			continue
		}

		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, file)
	}

	_, err := enroll.LoadHMACKey(file + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}
