package address_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/address"
)

func TestMaskHidesPasswords(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, want string }{
		"nothing to hide":           {"--nats-url nats://127.0.0.1:4222: no servers", "--nats-url nats://127.0.0.1:4222: no servers"},
		"an e-mail address":         {"canceled by ana@example.com", "canceled by ana@example.com"},
		"a user and a password":     {"stat nats://ana:s3cr3t@q: no such file", "stat nats://xxxxx@q: no such file"},
		"a token":                   {`unexpected argument "tls://s3cr3t@q"`, `unexpected argument "tls://xxxxx@q"`},
		"no scheme":                 {"unexpected argument ana:s3cr3t@q:4222", "unexpected argument xxxxx@q:4222"},
		"an at sign in it":          {"postgres://ana:s3@cr3t@db/enroll", "postgres://xxxxx@db/enroll"},
		"a slash in it":             {"postgres://ana:12/s3cr3t@db/enroll", "postgres://xxxxx@db/enroll"},
		"a blank in it":             {"postgres://ana:s3 cr3t@db/enroll", "postgres://xxxxx@db/enroll"},
		"two addresses":             {"nats://a:s3cr3t@q1,nats://b:s3cr3t@q2", "nats://xxxxx@q2"},
		"masked before":             {"nats://xxxxx@q1,tls://xxxxx@q2", "nats://xxxxx@q1,tls://xxxxx@q2"},
		"each line by itself":       {"a://u:s3cr3t@h\nsee b://c", "a://xxxxx@h\nsee b://c"},
		"a keyword":                 {"host=db password=s3 cr3t", "host=db password=xxxxx"},
		"a keyword in quotes":       {"host=db Password = 's3 cr3t'", "host=db Password =xxxxx"},
		"a query":                   {"jdbc:postgresql://db/enroll?user=a&password=s3cr3t", "jdbc:postgresql://db/enroll?user=a&password=xxxxx"},
		"a signed address":          {"https://keys/set?X-Amz-Signature=s3cr3t", "https://keys/set?X-Amz-Signature=xxxxx"},
		"a setting of that purpose": {"--signing-key-password-file: is missing", "--signing-key-password-file: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, address.Mask(c.text))
		})
	}
}

// Whatever the password holds, nothing of it is left, and masking again changes nothing.
func FuzzMask(f *testing.F) {
	for _, password := range []string{"", "s3cr3t", "a@b", "a/b", "50%", "a b", "a,nats://b", "xxxxx@", "\x00", "pass=a"} {
		f.Add(password)
	}

	f.Fuzz(func(t *testing.T, password string) {
		if strings.ContainsAny(password, "\n") {
			t.Skip("a setting is one line")
		}

		masked := address.Mask("connecting to nats://ana:" + password + "@127.0.0.1: refused")
		require.Equal(t, "connecting to nats://xxxxx@127.0.0.1: refused", masked)
		require.Equal(t, masked, address.Mask(masked))
	})
}
