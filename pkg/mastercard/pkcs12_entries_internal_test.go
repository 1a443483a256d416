package mastercard

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read of a PKCS#12 file before its MAC is verified.
func FuzzOpenPKCS12(f *testing.F) {
	for _, name := range []string{"several.p12", "several-legacy.p12", "openssl3-chain.p12"} {
		data, err := os.ReadFile("testdata/keys/" + name)
		require.NoError(f, err)
		f.Add(data, "production")
	}

	f.Fuzz(func(t *testing.T, data []byte, alias string) {
		contents, err := openPKCS12(data)
		if err != nil {
			return
		}

		entry, err := contents.choose(alias)
		if err != nil {
			return
		}

		if _, err := contents.only(entry, "secret"); err != nil && len(contents.encrypted) < 2 {
			t.Fatalf("the key %s cannot be put into a file of its own: %v", entry, err)
		}
	})
}
