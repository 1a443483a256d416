package mastercard_test

import (
	"crypto/rsa"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Two pairs are swapped by their folder's link, over and over, while calls run. The API refuses each pair that is mixed.
func TestNoCallMixesTwoCredentials(t *testing.T) {
	t.Parallel()

	const otherKey = "Zm9vYmFyLWNsaWVudC1pZF8w!ffffffffffffffff0000000000000000"

	programs := []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}}
	url := double(t, func(o *sandbox.Options) {
		o.Clients = []sandbox.Client{
			{ConsumerKey: consumerKey, SigningKeys: []*rsa.PublicKey{&signingRSA().PublicKey}, Programs: programs},
			{ConsumerKey: otherKey, SigningKeys: []*rsa.PublicKey{&encryptionRSA().PublicKey}, Programs: programs},
		}
	})

	folder := t.TempDir()
	for name, pair := range map[string]struct {
		consumerKey string
		key         *rsa.PrivateKey
	}{"old": {consumerKey, signingRSA()}, "new": {otherKey, encryptionRSA()}} {
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o700))
		replace(t, filepath.Join(folder, name, "consumer"), []byte(pair.consumerKey+"\n"))
		replace(t, filepath.Join(folder, name, "signing"), pkcs1(pair.key))
	}

	link := filepath.Join(folder, "current")
	point := func(to string) {
		require.NoError(t, os.Symlink(to, link+".new"))
		require.NoError(t, os.Rename(link+".new", link))
	}
	point("old")

	source, err := mastercard.OpenCredentialFiles(filepath.Join(link, "consumer"), filepath.Join(link, "signing"), "", time.Now)
	require.NoError(t, err)

	client := newClient(t, at(url), func(c *mastercard.Config) { c.ConsumerKey, c.SigningKey, c.Credentials = "", nil, source })

	var (
		callers sync.WaitGroup
		done    atomic.Bool
		called  atomic.Int64
	)

	for range 4 {
		callers.Go(func() {
			for !done.Load() {
				if answer := client.Enroll(t.Context(), enrollRequest()); answer.Verdict != mastercard.Enrolled {
					t.Errorf("%s: %+v", answer.Verdict, answer.Failure)
				}
				called.Add(1)
			}
		})
	}

	for i := range 20 {
		point([]string{"new", "old"}[i%2])

		changed, err := source.Reload(t.Context())
		require.NoError(t, err)
		require.True(t, changed)

		for before := called.Load(); called.Load() < before+4 && !t.Failed(); {
			_ = client.Enroll(t.Context(), enrollRequest())
			called.Add(1)
		}
	}

	done.Store(true)
	callers.Wait()
}

func TestCredentialFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	consumer, signing := filepath.Join(folder, "consumer"), filepath.Join(folder, "signing")
	replace(t, consumer, []byte(consumerKey))
	replace(t, signing, pkcs1(signingRSA()))

	source, err := mastercard.OpenCredentialFiles(consumer, signing, "", now)
	require.NoError(t, err)

	first := source.Credential()
	require.NotContains(t, first.String(), consumerKey)

	replace(t, consumer, []byte("no key"))

	_, err = source.Reload(t.Context())
	require.EqualError(t, err, "consumer key file "+consumer+`: it is not "client id!key id": copy it from the project on Mastercard Developers`)
	require.Same(t, first, source.Credential(), "the one in use stays")

	_, err = mastercard.New(settings(t, func(c *mastercard.Config) { c.Credentials = source }))
	require.ErrorContains(t, err, "Credentials stands beside ConsumerKey or SigningKey")

	_, err = mastercard.NewCredential("no key", signingKey(t))
	require.ErrorContains(t, err, "is not")

	_, err = mastercard.NewCredential(consumerKey, nil)
	require.ErrorContains(t, err, "needs a signing key")

	none := newClient(t, through(answering(http.StatusOK, enrolled)), func(c *mastercard.Config) {
		c.ConsumerKey, c.SigningKey, c.Credentials = "", nil, (noCredential{})
	})
	require.Equal(t, mastercard.ReasonKeyMissing, none.Enroll(t.Context(), enrollRequest()).Failure.Reason)
}

type noCredential struct{}

func (noCredential) Credential() *mastercard.Credential { return nil }
