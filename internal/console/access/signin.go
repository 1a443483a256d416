package access

import (
	"errors"
	"net/http"
	"time"
)

// Errors of signing in.
var (
	ErrWrong   = errors.New("the name or the password is wrong")
	ErrTooMany = errors.New("too many tries; wait a minute")
)

// SignIn looks at a name and a password, and sets the cookie of a session.
func (g *Gate) SignIn(w http.ResponseWriter, r *http.Request, name, password string) error {
	if g.Proxy.Header != "" {
		return ErrRefused
	}

	host, who := "host "+hostOf(r), "name "+name
	if CheckName(name) != nil || len(password) > mostPassword { // nothing of it is kept, and it is nobody's
		who = "no name"
	}

	if !g.limits.allow(host, who) {
		g.Logger.Warn("sign-in refused: too many tries", "host", hostOf(r))

		return ErrTooMany
	}

	select {
	case g.hashing <- struct{}{}:
		defer func() { <-g.hashing }()
	case <-r.Context().Done():
		return r.Context().Err()
	}

	user, ok := g.Users.Current().check(name, []byte(password))
	if !ok || who == "no name" {
		g.Logger.Warn("sign-in failed", "host", hostOf(r)) // the name may be a password that was typed in the wrong field

		return ErrWrong
	}

	g.limits.forget(host, who)
	g.Logger.Info("signed in", "user", user.Name, "role", string(user.Role), "host", hostOf(r))

	value, expires := g.sessions.begin(user)
	g.setCookie(w, value, expires)

	return nil
}

// SignOut ends the session of who asks.
func (g *Gate) SignOut(w http.ResponseWriter, who Identity) {
	if !who.CanSignOut {
		return
	}

	g.sessions.end(who.session)
	g.setCookie(w, "", time.Unix(1, 0))
	g.Logger.Info("signed out", "user", who.Name)
}

// cookieName has the prefix by which browsers refuse one that was set by another host, or over http.
func (g *Gate) cookieName() string {
	if g.Secure {
		return "__Host-console"
	}

	return "console"
}

func (g *Gate) setCookie(w http.ResponseWriter, value string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // not Secure on loopback without TLS, where it would not come back
		Name: g.cookieName(), Value: value, Path: "/", Expires: expires,
		HttpOnly: true, Secure: g.Secure, SameSite: http.SameSiteStrictMode,
	})
}
