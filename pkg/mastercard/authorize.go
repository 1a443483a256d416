package mastercard

import (
	"context"
	"net/http"
	"time"
)

// An authorizer lets calls in at the API: by OAuth 1.0a, which signs each request, or by OAuth 2.0, which shows a token.
type authorizer interface {
	// authorize returns what one call is made with, before its turn is waited for. It may take time, and ends with ctx.
	authorize(ctx context.Context) (authorization, *finding)
}

// An authorization is what one call is made with from its first byte to its last, whatever is replaced meanwhile.
type authorization interface {
	// clientID names who calls.
	clientID() string
	// sign writes the headers that let the request in as it is sent now, with this body. It may be asked again, as nonces
	// and times are good for one sending only.
	sign(request *http.Request, body []byte) error
	// stale reports whether a request that was signed so long ago has to be signed anew before it is sent.
	stale(age time.Duration) bool
}

// outgoing is a request and what lets it in.
type outgoing struct {
	request *http.Request
	body    []byte
	by      authorization
}

// sign authorizes the request as it is sent now.
func (o outgoing) sign() error { return o.by.sign(o.request, o.body) }
