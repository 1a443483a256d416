package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/keyfile"
)

// certified writes a certificate with a number, and its key.
func certified(t *testing.T, cert, key string, number int64) {
	t.Helper()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotAfter: time.Now().Add(time.Hour)}
	made, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)

	put(t, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}))
	put(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

// put replaces a file at once, as who renews certificates does.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", content, 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}

// shown is the number of the certificate that a new connection is shown.
func (r *rig) shown() int64 {
	r.t.Helper()

	conn, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext(r.t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close()) }()

	secured, is := conn.(*tls.Conn)
	require.True(r.t, is)

	return secured.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// A certificate is renewed while the console runs. One that does not fit its key changes nothing, and is said once.
func TestACertificateIsRenewedWhileTheConsoleRuns(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certified(t, cert, key, 1)

	pair, err := keyfile.Open("TLS certificate", []string{cert, key}, func() (tls.Certificate, error) { return keyfile.KeyPair(cert, key) })
	require.NoError(t, err)

	r := prepared(t)
	r.serve(func(o *console.Options) {
		o.Open, o.Certificate = r.opening(), pair.Current
		o.Reload = append(o.Reload, console.Reload{Files: pair, Every: time.Millisecond})
	})
	require.Equal(t, int64(1), r.shown())

	certified(t, cert, filepath.Join(dir, "other.pem"), 2) // its key comes later

	const warned = "level=WARN msg=\"a file cannot be used, and all stays as it was\" file=\"TLS certificate "

	eventually.True(t, func() bool { return contains(r.log.String(), warned) }, patience, tick, "a warning")
	require.Equal(t, int64(1), r.shown())

	key2, err := os.ReadFile(filepath.Join(dir, "other.pem"))
	require.NoError(t, err)
	put(t, key, key2)
	eventually.True(t, func() bool { return r.shown() == 2 }, patience, tick, "the new certificate")
	require.Equal(t, 1, strings.Count(r.log.String(), warned), r.log.String())

	require.NoError(t, os.Remove(cert))
	eventually.True(t, func() bool { return strings.Count(r.log.String(), warned) == 2 }, patience, tick, "a warning of a file that is gone")
	require.Equal(t, int64(2), r.shown())
}
