package cli_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/internal/workercli"
	"enroll.example/clicktopay/pkg/jobs"
)

const consolePassword = "correct horse battery"

// users makes a users file by the command that is for it.
func users(t *testing.T, dir string) string {
	t.Helper()

	var file []byte

	for name, role := range map[string]string{"ana": "operator", "bob": "viewer"} {
		var out, said bytes.Buffer

		code := cli.Run(t.Context(), &workercli.Worker{}, "worker", "", []string{"console", "passwd", name, "--role", role},
			cli.Streams{In: strings.NewReader(consolePassword + "\n"), Out: &out, Err: &said})
		require.Zero(t, code, said.String())
		require.Regexp(t, `^`+name+`:`+role+`:\$2a\$12\$\S{53}\n$`, out.String())
		require.NotContains(t, out.String()+said.String(), consolePassword)
		file = append(file, out.Bytes()...)
	}

	path := filepath.Join(dir, "users")
	require.NoError(t, os.WriteFile(path, file, 0o600))

	return path
}

func TestAPasswordThatIsNoGoodMakesNoLine(t *testing.T) {
	t.Parallel()

	for input, want := range map[string]string{"short\n": "12 characters or more", "": "12 characters or more", strings.Repeat("x", 80) + "\n": "at most 72 bytes"} {
		var out, said bytes.Buffer

		code := cli.Run(t.Context(), &workercli.Worker{}, "worker", "", []string{"console", "passwd", "ana"},
			cli.Streams{In: strings.NewReader(input), Out: &out, Err: &said})
		require.Equal(t, 1, code)
		require.Contains(t, said.String(), want)
		require.Empty(t, out.String())
	}

	code, said := ran(&workercli.Worker{}, "worker", "console", "passwd", "ana bob")
	require.Equal(t, 2, code)
	require.Contains(t, said, "NAME: the name must be 1 to 64 of")
}

func TestAConsoleIsNotShownToOthersUnprotected(t *testing.T) {
	t.Parallel()

	path := users(t, t.TempDir())
	good := []string{"console", "--users-file", path, "--database-url", "postgres://enroll@127.0.0.1:1/enroll", "--nats-url", "nats://127.0.0.1:1"}

	for flags, want := range map[string]string{
		"--listen 0.0.0.0:8383": "--listen: \"0.0.0.0:8383\" is reached from other machines",
		"--listen :8383":        "is reached from other machines",
		"--listen db:8383":      "is reached from other machines",
		"--listen 127.0.0.1":    "--listen: \"127.0.0.1\" is not an address",
		"--listen 0.0.0.0:8383 --public-url https://console.example": "is reached from other machines",
		"--listen 0.0.0.0:8383 --proxy-header X-User":                "--proxy-from: is missing",
		"--proxy-from 10.0.0.1":                                      "--proxy-header: is missing",
		"--proxy-header X-User --proxy-from nobody":                  "--proxy-from: \"nobody\" is no address and no network",
		"--proxy-header Cookie --proxy-from 10.0.0.1":                "--proxy-header: is no name of a header",
		"--public-url ftp://x":                                       "--public-url: is not a URL such as",
		"--trace-url https://jaeger.example/trace":                   "--trace-url: has to hold {trace_id} once",
		"--trace-url javascript:{trace_id}":                          "--trace-url: is not an address such as",
		"--tls-cert-file " + path + " --tls-key-file " + path:        "--tls-cert-file: ",
		"--tls-cert-file " + path:                                    "--tls-key-file: is missing",
		"--tls-key-file " + path:                                     "--tls-cert-file: is missing",
		"--users-file " + path + ".x":                                "--users-file: ",
		"--hmac-key-files " + path:                                   "--hmac-key-files: ",
		"--verdicts-file " + path + ".x":                             "--verdicts-file: ",
		"--listen unix:" + path + " --nats-url nats://127.0.0.1:1":   "is there, and no socket",
	} {
		code, said := ran(&workercli.Worker{}, "worker", append(good, strings.Fields(flags)...)...)
		require.NotZero(t, code, flags)
		require.Contains(t, said, want, flags)
	}

	code, said := ran(&workercli.Worker{}, "worker", "console")
	require.Equal(t, 2, code)
	require.Contains(t, said, "--users-file: is missing")
}

// certificate makes one for this machine.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "console"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)

	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), 0o600))

	return cert, key
}

// The console as its users run it, with the rights of its roles and no more: one that reads, and one that acts.
func TestAConsoleHasTheRightsOfItsRole(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	queue, queueRoles := queueWithRoles(t, filepath.Join(dir, "nats"))
	_, err := jobs.Ensure(t.Context(), connected(t, queue), jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)

	_, databaseRoles := databaseWithRoles(t, stacktest.Database(t))
	env := slices.Concat(queueRoles, databaseRoles)
	cert, key := certificate(t, dir)

	reading := start(t, env, "worker", "console", "--users-file", users(t, dir), "--listen", "127.0.0.1:0",
		"--tls-cert-file", cert, "--tls-key-file", key)
	b := signedIn(t, addressIn(t, reading.says(t, "console url=")))

	b.shows("/", "operator, read only")

	for _, path := range []string{"/files", "/jobs", "/job?id=none", "/codes", "/codes?since=1h", "/letters", "/doubt", "/acts", "/keys"} {
		b.lacks(path, "does not answer</strong>")
	}

	b.post("/doctor", http.StatusSeeOther)
	b.shows("/doctor", "may do all that a console needs")

	var acting []string
	for _, variable := range env { // the same command, as another role
		if own, is := strings.CutPrefix(variable, "operator|"); is {
			acting = append(acting, own)
		}
	}

	other := start(t, acting, "worker", "console", "--users-file", users(t, dir), "--listen", "127.0.0.1:0", "--allow-acts",
		"--tls-cert-file", cert, "--tls-key-file", key)
	b = signedIn(t, addressIn(t, other.says(t, "console url=")))
	b.post("/programs/pause", http.StatusSeeOther, "program", "demo", "why", "a test")
	b.shows("/", "demo paused")
	b.lacks("/acts", "not kept")
	b.shows("/acts", "a test")
	b.post("/doctor", http.StatusSeeOther)
	b.shows("/doctor", "may do all that a operator needs")
}

func addressIn(t *testing.T, line string) string {
	t.Helper()

	found := regexp.MustCompile(`url=(https?://[0-9.:]+)`).FindStringSubmatch(line)
	require.NotEmpty(t, found, line)

	return found[1]
}

// visitor is a browser that trusts any certificate.
type visitor struct {
	t      *testing.T
	url    string
	client *http.Client
}

func signedIn(t *testing.T, address string) *visitor {
	t.Helper()

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)

	v := &visitor{t, address, &http.Client{
		Jar: jar, Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	v.send("/signin", http.StatusSeeOther, url.Values{"name": {"ana"}, "password": {consolePassword}})

	parsed, err := url.Parse(address)
	require.NoError(t, err)
	require.Equal(t, "__Host-console", jar.Cookies(parsed)[0].Name, "it is sent over https alone")

	return v
}

func (v *visitor) send(path string, want int, form url.Values) {
	v.t.Helper()

	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.url+path, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")

	response, err := v.client.Do(request)
	require.NoError(v.t, err)

	defer response.Body.Close()

	said, err := io.ReadAll(response.Body)
	require.NoError(v.t, err)
	require.Equal(v.t, want, response.StatusCode, string(said))
}

// post sends a form with the token of a page.
func (v *visitor) post(path string, want int, pairs ...string) {
	v.t.Helper()

	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(v.page("/jobs"))
	require.NotEmpty(v.t, token)

	form := url.Values{"token": {token[1]}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}

	v.send(path, want, form)
}

func (v *visitor) page(path string) string {
	v.t.Helper()

	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.url+path, nil)
	require.NoError(v.t, err)
	response, err := v.client.Do(request)
	require.NoError(v.t, err)

	defer response.Body.Close()

	body, err := io.ReadAll(response.Body)
	require.NoError(v.t, err)
	require.Equal(v.t, http.StatusOK, response.StatusCode, string(body))
	require.NotEmpty(v.t, response.Header.Get("Strict-Transport-Security"))

	return string(body)
}

func (v *visitor) shows(path, want string) {
	v.t.Helper()

	eventually.True(v.t, func() bool { return strings.Contains(v.page(path), want) }, patience, tick, "%s shows %s", path, want)
}

func (v *visitor) lacks(path, text string) {
	v.t.Helper()
	require.NotContains(v.t, v.page(path), text, path)
}
