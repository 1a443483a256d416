package mastercard

import (
	"context"
	"net/http"
	"time"
)

// An authorization is what one call is made with from its first byte to its last, whatever is replaced meanwhile. There are two
// kinds: OAuth 1.0a signs each request, OAuth 2.0 shows a token and proves that it is ours.
type authorization interface {
	// clientID names who calls.
	clientID() string
	// sign writes the headers that let the request in as it is sent now, with this body. It may be asked again, as nonces
	// and times are good for one sending only.
	sign(request *http.Request, body []byte) error
	// stale reports whether a request that was signed so long ago has to be signed anew before it is sent.
	stale(age time.Duration) bool
	// refused looks at an answer. Where the request was not let in for something that can be put right at once, it puts it
	// right and reports that the request is to be signed and sent once more: it was not processed. It does so once for each
	// such thing.
	refused(ctx context.Context, result exchange) (again bool, problem *finding)
	// redact takes out of an answer what nobody else should see.
	redact(result exchange) exchange
}

// outgoing is a request and what lets it in.
type outgoing struct {
	request *http.Request
	body    []byte
	by      authorization
}

// sign authorizes the request as it is sent now.
func (o outgoing) sign() error { return o.by.sign(o.request, o.body) }

// renew makes the request ready to be sent once more.
func (o outgoing) renew() *finding {
	body, err := o.request.GetBody()
	if err == nil {
		o.request.Body = body
		err = o.sign()
	}

	if err != nil {
		return clientFinding(ReasonNotSigned, err.Error())
	}

	return nil
}
