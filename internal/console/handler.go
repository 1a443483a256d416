package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/guard"
)

// mostForm bounds what is read of a form.
const mostForm = 64 << 10

// tokenField is the field of a form that proves that it is one of ours.
const tokenField = "token"

// handler is everything that is answered. What has no route, and whoever has no right, is refused.
func (c *Console) handler() http.Handler {
	mux := http.NewServeMux()

	mux.HandleFunc("GET /static/{name}", c.static)
	mux.HandleFunc("GET /signin", c.signInPage)
	mux.HandleFunc("POST /signin", c.signIn)
	mux.HandleFunc("POST /signout", c.signOut)

	for _, one := range c.routes() {
		mux.Handle(one.pattern, c.guarded(one))
	}

	mux.Handle("/", c.guarded(route{needs: access.Viewer, serve: func(*visit) error {
		return refuse(http.StatusNotFound, "There is no such page.")
	}}))

	crossOrigin := http.NewCrossOriginProtection()

	return c.recovering(hardened(crossOrigin.Handler(mux)))
}

// guarded serves a route to those who may have it.
func (c *Console) guarded(one route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		v := &visit{w: w, r: r, c: c}

		who, err := c.Gate.Who(r)

		switch {
		case errors.Is(err, access.ErrNobody):
			c.askToSignIn(v)
			return
		case err != nil:
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}

		v.who = who

		if err := v.allowed(one); err != nil { //nolint:contextcheck // the visit has the request's
			v.failed(err)
			return
		}

		if err := one.serve(v); err != nil {
			v.failed(err)
		}
	})
}

// allowed refuses what cannot be read, a form that is not ours, and an act of somebody who may only read, which is kept in the
// account of acts.
func (v *visit) allowed(one route) error {
	if err := v.r.ParseForm(); err != nil || !isText(v.r.Form) {
		return refuse(http.StatusBadRequest, "The address or the form cannot be read.")
	}

	if v.r.Method != http.MethodPost {
		return nil
	}

	if err := v.c.Gate.CheckToken(v.who, v.r.PostForm.Get(tokenField)); err != nil {
		return refuse(http.StatusForbidden, "The form was not made by this console for you. Load the page again.")
	}

	switch {
	case one.needs == access.Viewer:
		return nil
	case !v.c.Acts:
		return refuse(http.StatusForbidden, "This console only reads: it was started without --allow-acts.")
	case !v.who.Role.May(one.needs):
		v.keepRefused(one)

		return refuse(http.StatusForbidden, "You may read, and not act. Somebody with the role operator can do it.")
	}

	return nil
}

// isText reports whether all values are texts as Postgres takes them. Whoever sends another would have it refuse the question,
// and have everybody told that it does not answer.
func isText(form url.Values) bool {
	for _, values := range form {
		for _, value := range values {
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				return false
			}
		}
	}

	return true
}

// recovering keeps a panic from ending the process, and its value, which may hold a card number, from the log.
func (c *Console) recovering(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := guard.Run(func() { next.ServeHTTP(w, r) }); p != nil {
			c.Logger.Error("a page panicked", "error", p, "stack", string(p.Stack))
			http.Error(w, "something is wrong with this page; the console's log has it", http.StatusInternalServerError)
		}
	})
}
