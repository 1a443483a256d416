package keyfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/keyfile"
)

func TestAReplacedFileIsInUseAfterALook(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "key")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	errBad := errors.New("no key")
	load := func() (string, error) {
		text, err := keyfile.Read(path)
		if strings.HasPrefix(string(text), "bad") {
			return "", errBad
		}

		return string(text), err
	}

	_, err := keyfile.Open("test key", []string{path}, load)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, path)

	write("one")
	watched, err := keyfile.Open("test key", []string{path}, load)
	require.NoError(t, err)
	require.Equal(t, "one", watched.Current())
	require.Equal(t, "test key "+path, watched.String())

	for _, step := range []struct {
		write   string
		changed bool
		err     error
		current string
	}{
		{"one", false, nil, "one"},
		{"two", true, nil, "two"},
		{"bad", false, errBad, "two"},
		{"bad", false, errBad, "two"},
		{"three", true, nil, "three"},
	} {
		write(step.write)

		changed, err := watched.Reload(t.Context())
		require.Equal(t, step.changed, changed)
		require.ErrorIs(t, err, step.err)
		require.Equal(t, step.current, watched.Current())
	}

	require.NoError(t, os.Remove(path))
	_, err = watched.Reload(t.Context())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Equal(t, "three", watched.Current(), "a file that is away for a moment changes nothing")
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := keyfile.Read(path)
	require.ErrorContains(t, err, "empty")

	require.NoError(t, os.WriteFile(path, make([]byte, keyfile.MaxBytes+1), 0o600))
	_, err = keyfile.Read(path)
	require.ErrorContains(t, err, "larger")
}

// A load that failed for a passing reason is tried again although the file is the same. Before, the new key was not in use until
// somebody touched the file.
func TestALoadThatFailedForAPassingReasonIsTriedAgain(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "key")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	errPassing := errors.New("too many open files")
	fails := false

	write("one")
	watched, err := keyfile.Open("test key", []string{path}, func() (string, error) {
		if fails {
			return "", errPassing
		}

		text, err := keyfile.Read(path)

		return string(text), err
	})
	require.NoError(t, err)

	write("two")

	fails = true
	changed, err := watched.Reload(t.Context())
	require.ErrorIs(t, err, errPassing)
	require.False(t, changed)

	fails = false
	changed, err = watched.Reload(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, "two", watched.Current())
}
