package access_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console/access"
)

// rig is a gate whose clock a test moves.
type rig struct {
	*access.Gate

	t    *testing.T
	path string
	now  time.Time
}

func newRig(t *testing.T, change func(*access.Options)) *rig {
	t.Helper()

	r := &rig{t: t, path: filepath.Join(t.TempDir(), "users"), now: time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)}
	r.write(entry(t, "ana", access.Operator), entry(t, "bob", access.Viewer), "proxied:viewer:-")

	users, err := access.OpenUsers(r.path)
	require.NoError(t, err)

	o := access.Options{Users: users, Now: func() time.Time { return r.now }, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}

	r.Gate = access.New(o)

	return r
}

func (r *rig) write(lines ...string) {
	r.t.Helper()
	require.NoError(r.t, os.WriteFile(r.path, []byte(strings.Join(lines, "\n")), 0o600))
}

func request(t *testing.T, remote string, cookies ...*http.Cookie) *http.Request {
	t.Helper()

	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.RemoteAddr = remote

	for _, cookie := range cookies {
		r.AddCookie(cookie)
	}

	return r
}

const home = "127.0.0.1:5000"

func (r *rig) signIn(remote, name, password string) ([]*http.Cookie, error) {
	w := httptest.NewRecorder()
	err := r.SignIn(w, request(r.t, remote), name, password)

	return w.Result().Cookies(), err
}

func TestWhoIsSignedIn(t *testing.T) {
	t.Parallel()

	r := newRig(t, nil)

	_, err := r.Who(request(t, home))
	require.ErrorIs(t, err, access.ErrNobody)

	cookies, err := r.signIn(home, "ana", password)
	require.NoError(t, err)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookies[0].SameSite)
	require.False(t, cookies[0].Secure)

	who, err := r.Who(request(t, home, cookies...))
	require.NoError(t, err)
	require.Equal(t, "ana", who.Name)
	require.Equal(t, access.Operator, who.Role)
	require.Equal(t, "127.0.0.1", who.Host)
	require.NoError(t, r.CheckToken(who, who.Token))
	require.ErrorIs(t, r.CheckToken(who, ""), access.ErrToken)

	r.now = r.now.Add(9 * time.Hour)
	_, err = r.Who(request(t, home, cookies...))
	require.ErrorIs(t, err, access.ErrNobody, "a session has an end")

	r.now = r.now.Add(-9 * time.Hour)
	forged := request(t, home)
	forged.Header.Set("Cookie", strings.Replace(cookies[0].Raw, "=", "=A", 1))
	_, err = r.Who(forged)
	require.ErrorIs(t, err, access.ErrNobody, "a forged one is none")
}

func TestASessionEndsWhenItIsSignedOut(t *testing.T) {
	t.Parallel()

	r := newRig(t, nil)
	cookies, err := r.signIn(home, "ana", password)
	require.NoError(t, err)
	who, err := r.Who(request(t, home, cookies...))
	require.NoError(t, err)

	r.SignOut(httptest.NewRecorder(), who)
	_, err = r.Who(request(t, home, cookies...))
	require.ErrorIs(t, err, access.ErrNobody, "also for who has copied the cookie")
}

func TestASessionEndsWithTheRightsItBeganWith(t *testing.T) {
	t.Parallel()

	for name, line := range map[string]string{
		"another password": entry(t, "ana", access.Operator), "another role": "ana:viewer:-", "taken out": "bob:viewer:-",
	} {
		r := newRig(t, nil)
		cookies, err := r.signIn(home, "ana", password)
		require.NoError(t, err)

		r.write(line)
		_, err = r.Users.Reload(t.Context())
		require.NoError(t, err)

		_, err = r.Who(request(t, home, cookies...))
		require.ErrorIs(t, err, access.ErrNobody, name)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()

	r := newRig(t, nil)

	for range 5 {
		_, err := r.signIn(home, "ana", "wrong "+password)
		require.ErrorIs(t, err, access.ErrWrong)
	}

	_, err := r.signIn(home, "ana", password)
	require.ErrorIs(t, err, access.ErrTooMany, "also with the right one")
	_, err = r.signIn("10.0.0.1:1", "ana", password)
	require.ErrorIs(t, err, access.ErrTooMany, "also from elsewhere")
	_, err = r.signIn(home, "bob", password)
	require.ErrorIs(t, err, access.ErrTooMany, "also for another")

	_, err = r.signIn("10.0.0.2:1", "bob", password)
	require.NoError(t, err)

	r.now = r.now.Add(time.Minute)
	_, err = r.signIn(home, "ana", password)
	require.NoError(t, err)
}

func TestWhoHasNoPasswordCannotSignIn(t *testing.T) {
	t.Parallel()

	r := newRig(t, nil)

	for i, c := range [][2]string{{"proxied", ""}, {"proxied", "-"}, {"nobody", password}, {"<b>", password}, {"ana", strings.Repeat("x", 100)}} {
		_, err := r.signIn("10.0.1."+string(rune('0'+i))+":1", c[0], c[1])
		require.ErrorIs(t, err, access.ErrWrong, c[0])
	}
}

func TestCookiesOfHTTPSAreSentSoOnly(t *testing.T) {
	t.Parallel()

	r := newRig(t, func(o *access.Options) { o.Secure = true })
	cookies, err := r.signIn(home, "ana", password)
	require.NoError(t, err)
	require.True(t, cookies[0].Secure)
	require.Equal(t, "__Host-console", cookies[0].Name)
}

func TestATrustedProxySaysWhoAsks(t *testing.T) {
	t.Parallel()

	from, err := access.ParseFrom([]string{"10.1.0.0/16", "::1"})
	require.NoError(t, err)

	r := newRig(t, func(o *access.Options) { o.Proxy = access.Proxy{Header: "X-User", From: from} })

	for name, c := range map[string]struct {
		remote string
		users  []string
		want   error
	}{
		"by the proxy":        {"10.1.2.3:4", []string{"proxied"}, nil},
		"by the other":        {"[::1]:4", []string{"ana"}, nil},
		"mapped address":      {"[::ffff:10.1.2.3]:4", []string{"ana"}, nil},
		"by somebody else":    {"10.2.0.1:4", []string{"ana"}, access.ErrRefused},
		"by a unix socket":    {"@", []string{"ana"}, access.ErrRefused},
		"without a name":      {"10.1.2.3:4", nil, access.ErrRefused},
		"with two":            {"10.1.2.3:4", []string{"bob", "ana"}, access.ErrRefused},
		"with an unknown one": {"10.1.2.3:4", []string{"eve"}, access.ErrRefused},
		"with an odd one":     {"10.1.2.3:4", []string{"ana bob"}, access.ErrRefused},
	} {
		asked := request(t, c.remote)
		asked.Header["X-User"] = c.users

		who, err := r.Who(asked)
		require.ErrorIs(t, err, c.want, name)

		if c.want == nil {
			require.Equal(t, c.users[0], who.Name)
			require.False(t, who.CanSignOut)
			require.NoError(t, r.CheckToken(who, who.Token))
		}
	}

	_, err = r.signIn("10.1.2.3:4", "ana", password)
	require.ErrorIs(t, err, access.ErrRefused, "there are no passwords")

	_, err = access.ParseFrom([]string{"10.0.0.0/99"})
	require.ErrorContains(t, err, "is no address and no network")
}
