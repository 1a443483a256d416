package jobs_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestAMessageIsSealedAsAWhole(t *testing.T) {
	t.Parallel()

	key := newKey(t)
	ring, err := jobs.NewKeyRing(key, newKey(t))
	require.NoError(t, err)

	for name, body := range map[string][]byte{
		"a job of another version": []byte(`{"schema":2,"holder":"Ana Sample"}`),
		"any bytes":                {0, 0xff, 0xfe, '"'},
		"nothing":                  {},
		"the largest":              bytes.Repeat([]byte("x"), jobs.MaxKeptMessage),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			job, err := ring.SealMessage(jobs.Job{ID: "a", Program: "demo"}, body)
			require.NoError(t, err)
			require.True(t, jobs.HoldsMessage(job.Sealed))

			if len(body) > 0 { // the schema wants a text in a seal
				encoded, err := job.Encode()
				require.NoError(t, err, "it is a job like any other to the queue")
				require.NotContains(t, string(encoded), "Ana Sample")
			}

			back, problem := ring.OpenMessage(job.Sealed)
			require.Nil(t, problem)
			require.Equal(t, string(body), string(back))

			_, problem = ring.Open(job.Sealed, today())
			require.NotNil(t, problem, "it is no payload")
		})
	}

	_, err = ring.SealMessage(jobs.Job{}, make([]byte, jobs.MaxKeptMessage+1))
	require.Error(t, err)

	ofPayload := sealedJob(t, newSealer(t, key), "job-1")
	require.False(t, jobs.HoldsMessage(ofPayload.Sealed))
	require.False(t, jobs.HoldsMessage(""))
}

func TestNamesOfSensitiveDataAreFoundAnywhere(t *testing.T) {
	t.Parallel()

	seal := strings.Repeat("Ab3-cvc-x_pin_9", 20)

	for text, want := range map[string]bool{
		`{"cvc":"123"}`:                          true,
		`{"a":{"b":[{"CVV2":1}]}}`:               true,
		`{"x":{"cvc":"1"},"x":1}`:                true,
		`{"c\u0076c":"1"}`:                       true,
		`{"text":"{\"cardSecurityCode\":\"1\"}"`: true,
		`security code: 123`:                     true,
		`card-security-code=123`:                 true,
		"<pin>1234</pin>":                        true,
		`{"track2_data":"x"`:                     true,
		`{"schema":2,"id":"a","spin":"pinned"}`:  false,
		`{"sealed":"` + seal + `"}`:              false,
		`hello`:                                  false,
		``:                                       false,
	} {
		require.Equal(t, want, jobs.NamesSensitive([]byte(text)), text)
	}
}

func FuzzNamesSensitive(f *testing.F) {
	f.Add([]byte(`{"a":{"card_Security-Code":"1"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		found := jobs.NamesSensitive(body)
		if _, problem := jobs.Decode(body); problem != nil && problem.Reason == jobs.ReasonSecurityCode && !found {
			t.Errorf("a member that Decode refuses is not found in %q", body)
		}
	})
}
