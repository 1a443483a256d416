package store

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCausesOfAFailedConnectionAreSaidOnce(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, want string }{
		"with TLS and without": {
			"failed to connect to `user=a database=b`:\n\thost:1 (::1): refused\n\thost:1 (::1): refused",
			"failed to connect to `user=a database=b`: host:1 (::1): refused",
		},
		"a cause that is part of another": {
			"failed to connect to `user=a database=b`:\n\thostname resolving error: lookup x: no such host\n\tlookup x: no such host",
			"failed to connect to `user=a database=b`: hostname resolving error: lookup x: no such host",
		},
		"several addresses": {
			"failed:\n\thost:1 (::1): refused\n\thost:1 (127.0.0.1): timeout",
			"failed: host:1 (::1): refused; host:1 (127.0.0.1): timeout",
		},
		"one line": {"failed: refused", "failed: refused"},
		"nothing":  {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, causesOnce(c.text))
		})
	}
}
