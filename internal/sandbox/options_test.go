package sandbox_test

import (
	"bytes"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()

	short := &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}

	for name, c := range map[string]struct {
		change func(*sandbox.Options)
		want   string
	}{
		"no client":       {func(o *sandbox.Options) { o.Clients = nil }, "no client"},
		"no consumer key": {func(o *sandbox.Options) { o.Clients[1].ConsumerKey = "" }, "client 2: its consumer key is empty"},
		"a consumer key twice": {
			func(o *sandbox.Options) { o.Clients[1].ConsumerKey = consumerKey }, "client 2: its consumer key is given twice",
		},
		"no signing key":      {func(o *sandbox.Options) { o.Clients[0].SigningKeys = nil }, "client 1: it has no signing key"},
		"a nil signing key":   {func(o *sandbox.Options) { o.Clients[0].SigningKeys[0] = nil }, "at least 2048 bits"},
		"a short signing key": {func(o *sandbox.Options) { o.Clients[0].SigningKeys[0] = short }, "at least 2048 bits"},
		"no program":          {func(o *sandbox.Options) { o.Clients[0].Programs = nil }, "client 1: it has no program"},
		"half a program":      {func(o *sandbox.Options) { o.Clients[0].Programs[0].ServiceID = "" }, "lacks its srcClientId or its serviceId"},
		"no decryption key":   {func(o *sandbox.Options) { o.DecryptionKeys = nil }, "no decryption key"},
		"a nil decryption key": {
			func(o *sandbox.Options) { o.DecryptionKeys = map[string]*rsa.PrivateKey{"k": nil} }, `decryption key "k"`,
		},
		"an empty kid": {
			func(o *sandbox.Options) { o.DecryptionKeys = map[string]*rsa.PrivateKey{"": sharedKeys().decryption} }, "empty kid",
		},
		"an unknown policy":   {func(o *sandbox.Options) { o.ReEnroll = "maybe" }, `re-enroll policy "maybe"`},
		"a negative duration": {func(o *sandbox.Options) { o.TimestampWindow = -1 }, "a duration is negative"},
		"no random bytes":     {func(o *sandbox.Options) { o.Random = &bytes.Buffer{} }, "reading random bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := newOptions()
			c.change(&options)

			_, err := sandbox.New(options)
			require.ErrorContains(t, err, c.want)
		})
	}

	_, err := sandbox.New(sandbox.Options{})
	require.ErrorContains(t, err, "no client")
	require.ErrorContains(t, err, "no decryption key", "everything wrong is said at once")
}
