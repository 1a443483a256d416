package sandbox

import (
	"context"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// delivery is what becomes of an answer on its way.
type delivery int

const (
	whole       delivery = iota
	late                 // whole, after LateBy
	hung                 // whole, after HungFor, which no client waits for
	lost                 // the connection is cut before the first byte
	truncated            // cut in the middle of the body
	empty                // a status without a body
	unreadable           // a body that is not JSON
	gzipped              // packed, as some proxies do unasked
	deflated             // packed with zlib's header, as RFC 9110 has it
	deflatedRaw          // packed without, as some servers do
	marked               // with a byte order mark
	utf16                // in UTF-16, which its charset tells
	opaque               // in a coding that only browsers read
	trailing             // with something behind the JSON
	misnamed             // naming another card
	anonymous            // without the card's id
	overlong             // with an id that no id's length can be
)

func (d delivery) String() string {
	return [...]string{
		"whole", "late", "hung", "lost", "truncated", "empty", "unreadable", "gzipped", "deflated", "deflatedRaw", "marked",
		"utf16", "opaque", "trailing", "misnamed", "anonymous", "overlong",
	}[d]
}

// arrives reports whether a client with patience, which reads what HTTP allows, gets to know the answer.
func (d delivery) arrives() bool {
	switch d {
	case whole, late, gzipped, deflated, deflatedRaw, marked, utf16, anonymous, overlong:
		return true
	case hung, lost, truncated, empty, unreadable, opaque, trailing, misnamed:
		return false
	default:
		return false
	}
}

// ofAnswer reports whether a delivery is the answer's, and not of what it says about a card.
func (d delivery) ofAnswer() bool {
	return d != whole && d != misnamed && d != anonymous && d != overlong
}

func (s *Sandbox) deliver(w http.ResponseWriter, r *http.Request, answer *reply) {
	body := answer.body

	switch answer.delivery {
	case whole:
	case late:
		wait(r.Context(), s.options.LateBy)
	case hung:
		wait(r.Context(), s.options.HungFor)
	case lost:
		panic(http.ErrAbortHandler)
	case truncated:
		body = body[:len(body)/2]
	case empty:
		body = nil
	case unreadable:
		body = []byte("\x1f\x8b\x00 this is not JSON {")
	case misnamed, anonymous, overlong: // the answer was made so
	case gzipped, deflated, deflatedRaw, marked, utf16, opaque, trailing:
		body = disguise(answer.delivery, body)
	}

	header := w.Header()
	maps.Copy(header, answer.header)

	if nonce := s.auth.Nonce(); nonce != "" && answer.header.Get("DPoP-Nonce") == "" {
		header.Set("DPoP-Nonce", nonce)
	}

	header.Set("Content-Type", answer.contentType)

	if coding := answer.delivery.coding(); coding != "" {
		header.Set("Content-Encoding", coding)
	}

	if answer.delivery == utf16 {
		header.Set("Content-Type", answer.contentType+"; charset=utf-16")
	}
	header.Set("X-Src-Cx-Flow-Id", s.flowID(r))
	header.Set("X-Src-Response-Host", authority(r)+BasePath)

	if answer.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(answer.retryAfter))
	}

	if answer.delivery == truncated {
		header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}

	w.WriteHeader(answer.status)
	_, err := w.Write(body)

	if err == nil && answer.delivery == truncated {
		_ = http.NewResponseController(w).Flush() // what cannot be flushed is cut all the same
	}

	if answer.delivery == truncated {
		panic(http.ErrAbortHandler)
	}
}

// wait ends early, and with it the request, when the client has gone.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()

	select {
	case <-timer.C:
	case <-ctx.Done():
		panic(http.ErrAbortHandler)
	}
}

// flowID names the "data centre" that answers: the one the client asked for, so that a test can
// see it carried along.
func (s *Sandbox) flowID(r *http.Request) string {
	if asked := r.Header.Get("X-Src-Cx-Flow-Id"); s.contract.isFlowID(asked) {
		return asked
	}

	return "sandbox." + s.ids.next()
}
