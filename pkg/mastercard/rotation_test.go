package mastercard_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func now() time.Time { return clock }

// swap replaces a file in one step, as a secrets manager does.
func swap(name string, data []byte) error {
	if err := os.WriteFile(name+".new", data, 0o600); err != nil {
		return err
	}

	return os.Rename(name+".new", name)
}

func replace(tb testing.TB, name string, data []byte) {
	tb.Helper()
	require.NoError(tb, swap(name, data))
}

func pkcs1(key *rsa.PrivateKey) []byte {
	return pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))
}

func TestSigningKeyFile(t *testing.T) {
	t.Parallel()

	name := filepath.Join(t.TempDir(), "signing.pem")
	_, err := mastercard.OpenSigningKeyFile(name, "", now)
	require.ErrorIs(t, err, os.ErrNotExist)

	replace(t, name, pkcs1(signingRSA()))
	source, err := mastercard.OpenSigningKeyFile(name, "", now)
	require.NoError(t, err)

	first := source.SigningKey()
	require.Equal(t, signingKey(t).Fingerprint(), first.Fingerprint())

	changed, err := source.Reload(t.Context())
	require.NoError(t, err)
	require.False(t, changed, "the file is the same")

	for name, bad := range map[string][]byte{
		"an EC key": pemBlock("EC PRIVATE KEY", nil), "half a file": pkcs1(encryptionRSA())[:500], "an empty file": {},
	} {
		replace(t, source.String()[len("signing key file "):], bad)

		for range 2 {
			changed, err = source.Reload(t.Context())
			require.Error(t, err, name)
			require.False(t, changed)
			require.Same(t, first, source.SigningKey(), "the one in use stays")
		}
	}

	require.NoError(t, os.Remove(name))

	_, err = source.Reload(t.Context())
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Same(t, first, source.SigningKey())

	replace(t, name, pkcs1(encryptionRSA()))

	changed, err = source.Reload(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, encryptionKey(t).Fingerprint(), source.SigningKey().Fingerprint())
}

func TestSigningKeyFileWithItsPassword(t *testing.T) {
	t.Parallel()

	folder := t.TempDir()
	name, password := filepath.Join(folder, "key.p12"), filepath.Join(folder, "password")

	data, err := os.ReadFile("testdata/keys/openssl3.p12")
	require.NoError(t, err)
	replace(t, name, data)
	replace(t, password, []byte("wrong"))

	_, err = mastercard.OpenSigningKeyFile(name, password, time.Now)
	require.ErrorIs(t, err, mastercard.ErrWrongPassword)

	replace(t, password, []byte("secret"))
	source, err := mastercard.OpenSigningKeyFile(name, password, time.Now)
	require.NoError(t, err)

	replace(t, password, []byte("wrong"))
	_, err = source.Reload(t.Context())
	require.ErrorIs(t, err, mastercard.ErrWrongPassword, "the password's file is watched too")
}

func TestEncryptionKeyFiles(t *testing.T) {
	t.Parallel()

	name := filepath.Join(t.TempDir(), "key")
	replace(t, name, pemBlock("PUBLIC KEY", spki(t, &encryptionRSA().PublicKey)))

	file, err := mastercard.OpenEncryptionKeyFile(name, kid, now)
	require.NoError(t, err)
	require.Equal(t, kid, file.EncryptionKey().KID())

	_, err = mastercard.OpenKeySetFile(name, "")
	require.ErrorContains(t, err, "not a JSON Web Key Set")

	replace(t, name, pemBlock("PRIVATE KEY", pkcs8(t, encryptionRSA())))
	_, err = file.Reload(t.Context())
	require.ErrorContains(t, err, "neither a public key nor a certificate")
	require.Equal(t, encryptionKey(t).Fingerprint(), file.EncryptionKey().Fingerprint())

	replace(t, name, keySet(jwk(t, &signingRSA().PublicKey, kid, "enc")))

	set, err := mastercard.OpenKeySetFile(name, "")
	require.NoError(t, err)
	require.Equal(t, signingKey(t).Fingerprint(), set.EncryptionKey().Fingerprint())

	_, err = file.Reload(t.Context())
	require.NoError(t, err)
	require.Equal(t, signingKey(t).Fingerprint(), file.EncryptionKey().Fingerprint(), "a key set is known by its content")
}

// publisher is a server of key sets that can be changed or taken away.
type publisher struct {
	lock sync.Mutex
	set  []byte
}

func (p *publisher) publish(set []byte) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.set = set
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	p.lock.Lock()
	defer p.lock.Unlock()

	if p.set == nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = w.Write(p.set)
}

func TestKeySetURL(t *testing.T) {
	t.Parallel()

	first := keySet(jwk(t, &encryptionRSA().PublicKey, kid, "enc"))
	second := keySet(jwk(t, &signingRSA().PublicKey, "20990101000000-fpan-encryption", "enc"))

	api := &publisher{}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)

	config := mastercard.KeySetConfig{URL: server.URL, CacheFile: filepath.Join(t.TempDir(), "keys.json")}

	_, err := mastercard.OpenKeySetURL(t.Context(), mastercard.KeySetConfig{URL: server.URL})
	require.ErrorContains(t, err, "answered HTTP 503, expected 200 and a JSON Web Key Set; no file for a copy")

	_, err = mastercard.OpenKeySetURL(t.Context(), config)
	require.ErrorContains(t, err, "there is no copy of it in "+config.CacheFile+" yet: make the URL reachable")

	api.publish(first)
	source, err := mastercard.OpenKeySetURL(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, source.Stale())
	require.Equal(t, kid, source.EncryptionKey().KID())

	changed, err := source.Reload(t.Context())
	require.NoError(t, err)
	require.False(t, changed)

	api.publish([]byte("<html>"))
	_, err = source.Reload(t.Context())
	require.ErrorContains(t, err, "not a JSON Web Key Set")
	require.Equal(t, kid, source.EncryptionKey().KID(), "the one in use stays")
	require.Equal(t, err, source.Stale())

	api.publish(nil)

	started, err := mastercard.OpenKeySetURL(t.Context(), config)
	require.NoError(t, err, "there is a copy")
	require.ErrorContains(t, started.Stale(), "answered HTTP 503, expected 200 and a JSON Web Key Set; using its copy in")
	require.Equal(t, kid, started.EncryptionKey().KID())

	api.publish(second)

	changed, err = started.Reload(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.NoError(t, started.Stale())
	require.Equal(t, "20990101000000-fpan-encryption", started.EncryptionKey().KID())

	kept, err := os.ReadFile(config.CacheFile)
	require.NoError(t, err)
	require.Equal(t, second, kept)

	api.publish(nil)
	replace(t, config.CacheFile, []byte("{}"))
	_, err = mastercard.OpenKeySetURL(t.Context(), config)
	require.ErrorContains(t, err, "its copy cannot be used")

	api.publish(first)
	config.CacheFile = filepath.Join(t.TempDir(), "none", "keys.json")
	source, err = mastercard.OpenKeySetURL(t.Context(), config)
	require.NoError(t, err, "a copy that cannot be kept does not keep the key from being used")
	require.ErrorContains(t, source.Stale(), "keeping a copy of the key set")
	require.NotNil(t, source.EncryptionKey())
}

// scripted answers each look with the next of its results, and ends the watch after the last.
type scripted struct {
	results []error
	stop    func()
}

func (s *scripted) String() string { return "scripted" }

func (s *scripted) Reload(context.Context) (bool, error) {
	next := s.results[0]
	if s.results = s.results[1:]; len(s.results) == 0 {
		s.stop()
	}

	return next == nil, next
}

func TestWatchLogsEachRefusalOnce(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())
	ticks := make(chan time.Time)

	var out bytes.Buffer

	source := &scripted{
		results: []error{nil, errors.New("bad"), errors.New("bad"), errors.New("worse"), nil, errors.New("worse"), errors.New("last")},
		stop:    cancel,
	}

	var (
		watching sync.WaitGroup
		replaced int
	)

	watching.Go(func() {
		mastercard.WatchAnd(ctx, ticks, slog.New(slog.NewTextHandler(&out, nil)), func() { replaced++ }, source)
	})

	for range len(source.results) {
		ticks <- clock
	}
	watching.Wait()

	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("a newer key has been loaded")))
	require.Equal(t, 2, replaced, "others are told of each")
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("error=bad")))
	require.Equal(t, 2, bytes.Count(out.Bytes(), []byte("error=worse")))
	require.NotContains(t, out.String(), "error=last", "the watch was over")

	closed := make(chan time.Time)
	close(closed)
	mastercard.Watch(t.Context(), closed, slog.New(slog.DiscardHandler))
}

// A thousand calls while both keys are replaced: none fails, and both the old and the new keys were used.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()

	const calls, callers = 400, 8

	folder := t.TempDir()
	signingFile, setFile := filepath.Join(folder, "signing.pem"), filepath.Join(folder, "keys.json")
	oldSigning, newSigning := signingRSA(), newRSA()
	oldEncryption, newEncryption := encryptionRSA(), newRSA()
	const newKID = "20990101000000-fpan-encryption"

	replace(t, signingFile, pkcs1(oldSigning))
	replace(t, setFile, keySet(jwk(t, &oldEncryption.PublicKey, kid, "enc")))

	signing, err := mastercard.OpenSigningKeyFile(signingFile, "", now)
	require.NoError(t, err)
	encryption, err := mastercard.OpenKeySetFile(setFile, "")
	require.NoError(t, err)

	var signedOld, signedNew, encryptedOld, encryptedNew, failed atomic.Int64

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verifiedBy := func(key *rsa.PrivateKey) bool {
			_, err := verifyOAuth(r.Method, "http", r.Host, r.RequestURI, r.Header.Get("Authorization"), body, &key.PublicKey)
			return err == nil
		}

		switch {
		case verifiedBy(oldSigning):
			signedOld.Add(1)
		case verifiedBy(newSigning):
			signedNew.Add(1)
		default:
			w.WriteHeader(http.StatusForbidden)
		}

		var sent mastercard.EnrollCardRequest
		_ = json.Unmarshal(body, &sent)

		token, err := jose.ParseEncryptedCompact(sent.EncryptedCard,
			[]jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A128GCM})
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}

		key, used := oldEncryption, &encryptedOld
		if token.Header.KeyID == newKID {
			key, used = newEncryption, &encryptedNew
		}
		if _, err := token.Decrypt(key); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}

		used.Add(1)
		_, _ = io.WriteString(w, enrolled)
	}))
	t.Cleanup(server.Close)

	client := newClient(t, at(server.URL), func(c *mastercard.Config) { c.SigningKey, c.EncryptionKey = signing, encryption })

	ctx, stop := context.WithCancel(t.Context())
	ticks := make(chan time.Time)

	var watching, calling sync.WaitGroup

	watching.Go(func() {
		mastercard.Watch(ctx, ticks, slog.New(slog.DiscardHandler), signing, encryption)
	})

	newSet := keySet(jwk(t, &oldEncryption.PublicKey, kid, "enc"), jwk(t, &newEncryption.PublicKey, newKID, "enc"))
	rotations := func(call int64) (string, []byte) {
		switch call {
		case calls / 3:
			return signingFile, pkcs1(newSigning)
		case calls / 2:
			return setFile, newSet
		default:
			return "", nil
		}
	}

	var done atomic.Int64

	for range callers {
		calling.Go(func() {
			for n := done.Add(1); n <= calls; n = done.Add(1) {
				if name, data := rotations(n); name != "" {
					if err := swap(name, data); err != nil {
						failed.Add(1)
					}
					ticks <- clock
				}

				if answer := client.Enroll(ctx, enrollRequest()); answer.Verdict != mastercard.Enrolled {
					failed.Add(1)
				}
			}
		})
	}
	calling.Wait()
	stop()
	watching.Wait()

	require.Zero(t, failed.Load())
	require.EqualValues(t, calls, signedOld.Load()+signedNew.Load())
	require.EqualValues(t, calls, encryptedOld.Load()+encryptedNew.Load())

	for name, count := range map[string]*atomic.Int64{
		"signed with the old key": &signedOld, "signed with the new key": &signedNew,
		"encrypted for the old key": &encryptedOld, "encrypted for the new key": &encryptedNew,
	} {
		require.Positive(t, count.Load(), name)
	}
}

func TestDecryptionKeyFiles(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.pem"), filepath.Join(dir, "second.pem")
	replace(t, first, pkcs1(signingRSA()))

	files := map[string]string{"first": first, "second": second}
	_, err := mastercard.OpenDecryptionKeyFiles(files, "", now)
	require.ErrorIs(t, err, os.ErrNotExist)

	replace(t, second, pkcs1(signingRSA()))
	source, err := mastercard.OpenDecryptionKeyFiles(files, "", now)
	require.NoError(t, err)

	before := source.DecryptionKeys().Info()
	require.Len(t, before, 2)
	require.Equal(t, before[0].Fingerprint, before[1].Fingerprint)

	replace(t, second, []byte("no key"))
	_, err = source.Reload(t.Context())
	require.ErrorContains(t, err, "second")
	require.Equal(t, before, source.DecryptionKeys().Info(), "what was in use stays")

	other, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	replace(t, second, pkcs1(other))

	changed, err := source.Reload(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	require.NotEqual(t, before, source.DecryptionKeys().Info())
}
