package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/pkg/store"
)

// everyPage is all that can be looked at.
func everyPage() []string { return console.Pages() }

// everyAct is all that can be done.
func everyAct() []string { return console.Acts() }

func TestNobodySeesAnythingWithoutSigningIn(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.browser()

	for _, path := range append(everyPage(), "/no-such-page", "/job?id="+markup) {
		status, body, to := b.get(path)
		require.Equal(t, http.StatusSeeOther, status, path)
		require.True(t, strings.HasPrefix(to, "/signin?next=%2F"), to)
		require.NotContains(t, body, markup)
	}

	for _, path := range everyAct() {
		status, _, _ := b.post(path, "why", "x")
		require.Equal(t, http.StatusUnauthorized, status, path)
	}

	require.Empty(t, r.acts())
}

func TestAWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()

	b := prepared(t).browser()

	status, body, _ := b.post("/signin", "name", "ana", "password", "wrong "+password)
	require.Equal(t, http.StatusForbidden, status)
	require.Contains(t, body, "The name or the password is wrong.")
	require.NotContains(t, body, password)
	require.NotContains(t, b.log.String(), password)

	status, _, _ = b.get("/")
	require.Equal(t, http.StatusSeeOther, status)

	for range 10 {
		status, body, _ = b.post("/signin", "name", "ana", "password", "wrong")
	}

	require.Equal(t, http.StatusTooManyRequests, status)
	require.Contains(t, body, "Too many tries; wait a minute.")
}

func TestSigningInLeadsBackToThePageAndNowhereElse(t *testing.T) {
	t.Parallel()

	r := prepared(t)

	for next, want := range map[string]string{
		"/jobs?status=dead": "/jobs?status=dead", "https://evil.example": "/", "//evil.example": "/", "/\\evil.example": "/", "": "/",
		"/signout": "/",
	} {
		status, _, to := r.browser().post("/signin", "name", "ana", "password", password, "next", next)
		require.Equal(t, http.StatusSeeOther, status)
		require.Equal(t, want, to, next)
	}
}

func TestSigningOutEndsTheSession(t *testing.T) {
	t.Parallel()

	b := prepared(t).as("ana")
	require.Contains(t, b.page("/"), "Sign out")

	status, _, _ := b.post("/signout", "token", "forged")
	require.Equal(t, http.StatusSeeOther, status)
	b.page("/")

	_, _, to := b.submit("/signout")
	require.Equal(t, "/signin", to)

	status, _, _ = b.get("/")
	require.Equal(t, http.StatusSeeOther, status)
}

func TestAViewerReadsAndDoesNotAct(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")

	for _, path := range everyPage() {
		status, body, _ := b.get(path)
		require.Less(t, status, 500, body)
		require.NotContains(t, body, `class="act"`, path)
	}

	for i, path := range everyAct() {
		status, body, _ := b.submit(path, "program", program, "why", "I want to")
		require.Equal(t, http.StatusForbidden, status, path)
		require.Contains(t, body, "You may read, and not act.")

		kept := r.acts()
		require.Len(t, kept, min(i+1, 10), "what was refused is kept, too")
		require.Equal(t, store.ActRefused, kept[0].Status)
		require.Equal(t, "bob", kept[0].Who)
		require.Equal(t, "127.0.0.1 (console)", kept[0].Host)
	}
}

func TestAConsoleThatOnlyReadsLetsNobodyAct(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.serve(func(o *console.Options) { o.Open, o.Acts = r.opening(), false })

	b := r.as("ana")
	require.Contains(t, b.page("/"), "operator, read only")

	for _, path := range everyAct() {
		status, body, _ := b.submit(path, "why", "x")
		require.Equal(t, http.StatusForbidden, status, path)
		require.Contains(t, body, "This console only reads")
	}
}

func TestAForgedFormIsRefused(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("ana")
	other := r.as("bob").token()

	for name, token := range map[string]string{"none": "", "invented": "AAAA", "of another": other} {
		for _, path := range everyAct() {
			status, body, _ := b.post(path, "program", program, "why", "x", "token", token)
			require.Equal(t, http.StatusForbidden, status, name)
			require.Contains(t, body, "The form was not made by this console for you.")
		}
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/programs/pause", strings.NewReader("why=x&token="+b.token()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "cross-site")

	status, _, _ := b.do(request)
	require.Equal(t, http.StatusForbidden, status, "of another site, whatever the token")
	require.Empty(t, r.acts())
}

func TestBrowsersAreToldToRunAndKeepNothing(t *testing.T) {
	t.Parallel()

	b := prepared(t).as("ana")

	for _, path := range []string{"/", "/signin", "/no-such-page"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+path, nil)
		require.NoError(t, err)
		response, err := b.client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())

		policy := response.Header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'")
		require.Contains(t, policy, "frame-ancestors 'none'")
		require.NotContains(t, policy, "unsafe")
		require.Equal(t, "no-store", response.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
	}

	page := b.page("/")
	require.NotContains(t, page, "style=")
	require.NotContains(t, page, "onclick")
	require.NotRegexp(t, `(src|href)="https?:`, page, "nothing comes from elsewhere")
}

func TestWhatIsNotThereSaysSo(t *testing.T) {
	t.Parallel()

	b := prepared(t).as("ana")

	status, body, _ := b.get("/no-such-page" + markup)
	require.Equal(t, http.StatusNotFound, status)
	require.NotContains(t, body, markup)

	status, _, _ = b.get("/static/no-such-file")
	require.Equal(t, http.StatusNotFound, status)

	for _, name := range []string{"style.css", "parts.css", "htmx.min.js", "console.js", "icon.svg"} {
		status, _, _ = b.get("/static/" + name)
		require.Equal(t, http.StatusOK, status)
	}
}
