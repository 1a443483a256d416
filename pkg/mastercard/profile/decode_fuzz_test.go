package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// Whatever the bytes are: an error or a profile that holds only what the code knows, and no panic.
func FuzzParse(f *testing.F) {
	for _, name := range profile.Names() {
		text, err := os.ReadFile(filepath.Join("builtin", name+".json"))
		require.NoError(f, err)
		f.Add(text)
	}

	f.Add([]byte(`{"name":"x","operations":[{"name":"enroll","method":"POST","path":"/{a}/..","mark":"unknown"}]}`))
	f.Add([]byte(strings.Repeat("[", 100)))

	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := profile.Parse(text)
		if err != nil {
			return
		}

		for _, operation := range read.Operations {
			require.Contains(t, profile.Operations(), operation.Name)
			require.NotContains(t, operation.Path, "..")

			for _, member := range operation.Request {
				if member.From != "" {
					source, known := profile.FindSource(operation.Name, false, member.From)
					require.True(t, known)
					require.False(t, source.Secret)
				}
			}
		}
	})
}
