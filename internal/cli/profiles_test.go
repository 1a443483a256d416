package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/workercli"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

func TestProfilesAreListed(t *testing.T) {
	t.Parallel()

	code, said := ran(&workercli.Worker{}, "worker", "profiles")
	require.Equal(t, 0, code, said)

	for _, name := range profile.Names() {
		require.Contains(t, said, name)
	}
}

func TestAProfileIsShownWithItsMarks(t *testing.T) {
	t.Parallel()

	for _, name := range profile.Names() {
		code, said := ran(&workercli.Worker{}, "worker", "profiles", "show", name)
		require.Equal(t, 0, code, said)
		require.Regexp(t, `\d+ entries: \d+ confirmed \(.*\), \d+ inferred, \d+ unknown`, said)

		code, said = ran(&workercli.Worker{}, "worker", "profiles", "show", name, "--json")
		require.Equal(t, 0, code, said)

		var shown struct {
			Name   string         `json:"name"`
			Counts profile.Counts `json:"counts"`
		}
		require.NoError(t, json.Unmarshal([]byte(said), &shown))
		require.Equal(t, name, shown.Name)
		require.Equal(t, shown.Counts.Entries, shown.Counts.Confirmed+shown.Counts.Inferred+shown.Counts.Unknown)
	}
}

// What is shown as JSON is a profile again, but for its counts, so that it can be the beginning of one's own.
func TestAShownProfileCanBeRead(t *testing.T) {
	t.Parallel()

	_, said := ran(&workercli.Worker{}, "worker", "profiles", "show", "enroll-batch", "--json")

	var shown map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(said), &shown))
	delete(shown, "counts")

	text, err := json.Marshal(shown)
	require.NoError(t, err)

	file := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))

	read, err := profile.Load(file)
	require.NoError(t, err)

	want, err := profile.BuiltIn("enroll-batch")
	require.NoError(t, err)
	require.Equal(t, want.Operations, read.Operations)

	code, said := ran(&workercli.Worker{}, "worker", "profiles", "show", file)
	require.Equal(t, 0, code, said)
}

func TestAProfileThatIsNotThereIsAnErrorOfUsage(t *testing.T) {
	t.Parallel()

	for given, want := range map[string]string{
		"enrol":       `there is no built-in profile "enrol"`,
		"./none.json": "none.json: no such file",
	} {
		code, said := ran(&workercli.Worker{}, "worker", "profiles", "show", given)
		require.Equal(t, 2, code, said)
		require.Contains(t, said, want)
	}
}

func TestWhatAProfileCanNameIsListed(t *testing.T) {
	t.Parallel()

	code, said := ran(&workercli.Worker{}, "worker", "profiles", "sources")
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "card.number")
	require.Contains(t, said, "record.status")
}
