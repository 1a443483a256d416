package enroll_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

func programs(t *testing.T, members string) map[string]enroll.Program {
	t.Helper()

	all, err := enroll.ParsePrograms([]byte(`{"programs":[{"name":"gold","src_client_id":"0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
		"service_id":"ISSUER#GOLD#01"` + members + `}]}`))
	require.NoError(t, err)

	return all
}

// ownProfile is a file with a built-in profile under another name, after a change.
func ownProfile(t *testing.T, name, old, changed string) string {
	t.Helper()

	text, err := os.ReadFile(filepath.Join("..", "..", "pkg", "mastercard", "profile", "builtin", name+".json"))
	require.NoError(t, err)

	own := strings.Replace(string(text), `"name": "`+name+`"`, `"name": "ours"`, 1)
	own = strings.ReplaceAll(own, old, changed)

	file := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(file, []byte(own), 0o600))

	return file
}

func TestProgramsBringTheirProfiles(t *testing.T) {
	t.Parallel()

	loaded, named, err := enroll.LoadProfiles(programs(t, ""))
	require.NoError(t, err)
	require.Empty(t, loaded)
	require.Empty(t, named["gold"].Profile)

	file := ownProfile(t, "enroll", "x-openapi-clientid", "x-client")
	loaded, named, err = enroll.LoadProfiles(programs(t, `,"profile":"`+file+`"`))
	require.NoError(t, err)
	require.Len(t, loaded, 1)
	require.Equal(t, "ours", named["gold"].Profile)

	_, _, err = enroll.LoadProfiles(programs(t, `,"profile":"./none.json"`))
	require.ErrorContains(t, err, "program gold: profile: ")
	require.ErrorContains(t, err, "none.json")
}

func TestTwoProfilesOfOneName(t *testing.T) {
	t.Parallel()

	all := programs(t, `,"profile":"`+ownProfile(t, "enroll", "x", "x")+`"`)
	other := all["gold"]
	other.Profile = ownProfile(t, "lifecycle", "x", "x")
	all["silver"] = other

	_, _, err := enroll.LoadProfiles(all)
	require.ErrorContains(t, err, "program silver: profile: two different profiles are named ours")
}

// What is refused is what a job of the program needs, and nothing else.
func TestWhatIsInferredAndNeeded(t *testing.T) {
	t.Parallel()

	none := programs(t, "")
	err := enroll.CheckInferred(none, nil, nil)
	require.ErrorContains(t, err, "program gold: of profile enroll, operation enroll, ")
	require.ErrorContains(t, err, "request consumer.fullName")
	require.ErrorContains(t, err, "encrypted member billingAddress.line1")
	require.NotContains(t, err.Error(), "consumer.emailAddress", "the program does not send it")
	require.NotContains(t, err.Error(), "nationalIdentifier", "no job has it")
	require.NotContains(t, err.Error(), "operation unenroll", "all of it is confirmed")

	require.ErrorContains(t, enroll.CheckInferred(programs(t, `,"consumer_email":true`), nil, nil), "request consumer.emailAddress")
	require.NoError(t, enroll.CheckInferred(none, nil, []string{"enroll"}))
	require.Error(t, enroll.CheckInferred(none, nil, []string{"enroll-batch"}))

	batch := programs(t, `,"lane":"batch"`)
	require.ErrorContains(t, enroll.CheckInferred(batch, nil, []string{"enroll"}), "of profile enroll-batch, operation batch_status")
	require.NoError(t, enroll.CheckInferred(batch, nil, []string{"enroll-batch"}))

	// A profile in which all is confirmed.
	file := ownProfile(t, "enroll", `"mark": "inferred"`, `"mark": "confirmed"`)
	loaded, named, err := enroll.LoadProfiles(programs(t, `,"profile":"`+file+`"`))
	require.NoError(t, err)
	require.NoError(t, enroll.CheckInferred(named, loaded, nil))

	loaded, named, err = enroll.LoadProfiles(programs(t, `,"profile":"credential-directory"`))
	require.NoError(t, err)
	require.ErrorContains(t, enroll.CheckInferred(named, loaded, []string{profile.NameEnroll}), "of profile credential-directory, operation unenroll")
	require.NoError(t, enroll.CheckInferred(named, loaded, []string{profile.NameDirectory}))
}
