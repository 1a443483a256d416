package service_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/service"
)

// Each of the two files is told by its own setting, in the same words whether the other is right or not.
func TestWhatIsWrongWithTheKeyPairIsToldByEachSetting(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()

	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

		return path
	}

	broken, good := write("broken.txt", "no consumer key\n"), write("good.txt", strings.Repeat("a", 48)+"!"+strings.Repeat("b", 48)+"\n")
	noKey := write("no key.pem", "no key\n")

	const (
		consumer = `--consumer-key-file: consumer key file `
		isNot    = `: it is not "client id!key id": copy it from the project on Mastercard Developers`
	)

	for name, c := range map[string]struct {
		consumer, signing string
		says              []string
		saysNot           string
	}{
		"both missing":         {"", "", []string{"--consumer-key-file: is missing", "--signing-key-file: is missing"}, "consumer key file"},
		"consumer's broken":    {broken, "", []string{consumer + broken + isNot, "--signing-key-file: is missing"}, "no consumer key"},
		"both broken":          {broken, noKey, []string{consumer + broken + isNot, "--signing-key-file: ", noKey}, "no consumer key"},
		"consumer's not there": {filepath.Join(dir, "none"), noKey, []string{consumer + filepath.Join(dir, "none"), "--signing-key-file: "}, "no consumer key"},
		"signing key's broken": {good, noKey, []string{"--signing-key-file: ", noKey}, "--consumer-key-file"},
		"consumer's missing":   {"", noKey, []string{"--consumer-key-file: is missing", "--signing-key-file: ", noKey}, "consumer key file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := service.API{ConsumerKeyFile: c.consumer, SigningKeyFile: c.signing}.Keys(t.Context())
			require.Error(t, err)

			for _, says := range c.says {
				require.Equal(t, 1, strings.Count(err.Error(), says), "%q in: %v", says, err)
			}

			require.NotContains(t, err.Error(), c.saysNot)
		})
	}
}
