package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"enroll.example/clicktopay/internal/console/access"
)

// signInView is the page on which to sign in.
type signInView struct {
	Next  string // where to go on
	Fault string
}

func (c *Console) signInPage(w http.ResponseWriter, r *http.Request) {
	v := &visit{w: w, r: r, c: c}

	if _, err := c.Gate.Who(r); !errors.Is(err, access.ErrNobody) {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}

	if err := v.show("signin", "Sign in", "", signInView{Next: local(v.query("next"))}); err != nil {
		v.failed(err)
	}
}

// signIn needs no token: browsers do not send this form from another site (http.CrossOriginProtection), and nobody is signed in
// whose session could be misused.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	v := &visit{w: w, r: r, c: c}
	next := local(r.PostFormValue("next"))

	err := c.Gate.SignIn(w, r, r.PostFormValue("name"), r.PostFormValue("password"))
	if err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // local leads nowhere else
		return
	}

	status := http.StatusForbidden
	if errors.Is(err, access.ErrTooMany) {
		status = http.StatusTooManyRequests
	}

	if err := v.write(status, "signin", "Sign in", "", signInView{next, sentence(err)}); err != nil {
		v.failed(err)
	}
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)

	who, err := c.Gate.Who(r)
	if err == nil {
		err = c.Gate.CheckToken(who, r.PostFormValue(tokenField))
	}

	if err == nil {
		c.Gate.SignOut(w, who)
	}

	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

// askToSignIn leads a browser to the page on which to sign in. A script that asks for what has changed is told that there is
// nothing: the page says that its session has ended.
func (c *Console) askToSignIn(v *visit) {
	if v.partial() || v.r.Method != http.MethodGet {
		http.Error(v.w, "sign in again", http.StatusUnauthorized)
		return
	}

	http.Redirect(v.w, v.r, "/signin?next="+url.QueryEscape(v.r.URL.RequestURI()), http.StatusSeeOther)
}

// local is an address of this console, whatever was given.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(next, "/sign") {
		return "/"
	}

	return next
}

// sentence is an error as it is shown to people.
func sentence(err error) string {
	text := err.Error()
	if text == "" {
		return text
	}

	return strings.ToUpper(text[:1]) + text[1:] + "."
}
