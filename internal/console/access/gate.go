package access

import (
	"crypto/hmac"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
)

// Identity is who asks.
type Identity struct {
	Name string
	Role Role
	// Host is from where: the address of the browser, or of the proxy.
	Host string
	// Token proves that a form is one of ours.
	Token string
	// CanSignOut is false for those of a proxy, which signs them in.
	CanSignOut bool

	session session
}

// Options of a gate.
type Options struct {
	Users *keyfile.Watched[Users]
	// Proxy, when its header is set, is who signs users in; there are no passwords then.
	Proxy Proxy
	// Secure has cookies sent over https only.
	Secure bool
	Now    func() time.Time
	Logger *slog.Logger
}

// Gate knows who asks.
type Gate struct {
	Options

	sessions *sessions
	limits   *limits
	hashing  chan struct{} // how many passwords are hashed together: each takes a processor for a while
}

// hashesAtOnce leaves processors to those who are signed in.
const hashesAtOnce = 2

// New returns a gate.
func New(o Options) *Gate {
	return &Gate{
		Options: o, sessions: newSessions(o.Now), limits: newLimits(o.Now), hashing: make(chan struct{}, hashesAtOnce),
	}
}

// The errors about who asks.
var (
	ErrNobody  = errors.New("nobody is signed in")
	ErrRefused = errors.New("you have no right to use this console")
	ErrToken   = errors.New("the form was not made by this console for you; load the page again")
)

// Who returns who asks. The error is ErrNobody for somebody who may sign in, and ErrRefused for one who may not.
func (g *Gate) Who(r *http.Request) (Identity, error) {
	if g.Proxy.Header != "" {
		return g.throughProxy(r)
	}

	cookie, err := r.Cookie(g.cookieName())
	if err != nil {
		return Identity{}, ErrNobody
	}

	found, ok := g.sessions.open(cookie.Value)
	user, known := g.Users.Current()[found.Name]

	// The right of the moment counts: whoever is taken out of the file, or has another password or role, signs in anew.
	if !ok || !known || !hmac.Equal([]byte(user.mark()), []byte(found.Mark)) {
		return Identity{}, ErrNobody
	}

	return Identity{
		Name: user.Name, Role: user.Role, Host: hostOf(r), CanSignOut: true, session: found,
		Token: g.sessions.sum("form", found.Nonce),
	}, nil
}

func (g *Gate) throughProxy(r *http.Request) (Identity, error) {
	name, err := g.Proxy.name(r)
	if err != nil {
		return Identity{}, err
	}

	user, known := g.Users.Current()[name]
	if !known {
		return Identity{}, ErrRefused
	}

	return Identity{Name: user.Name, Role: user.Role, Host: hostOf(r), Token: g.sessions.sum("proxied", user.Name)}, nil
}

// CheckToken reports ErrToken for a form that this console has not made for who sends it.
func (g *Gate) CheckToken(who Identity, token string) error {
	if !hmac.Equal([]byte(who.Token), []byte(token)) {
		return ErrToken
	}

	return nil
}

// hostOf is from where a request comes, without the port. A unix socket has no address.
func hostOf(r *http.Request) string {
	address, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "unix socket"
	}

	return address.Addr().Unmap().String()
}
