package sandbox

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

// delivery is what becomes of an answer on its way.
type delivery int

const (
	whole      delivery = iota
	late                // whole, after LateBy
	hung                // whole, after HungFor, which no client waits for
	lost                // the connection is cut before the first byte
	truncated           // cut in the middle of the body
	empty               // a status without a body
	unreadable          // a body that is not JSON
)

func (d delivery) String() string {
	return [...]string{"whole", "late", "hung", "lost", "truncated", "empty", "unreadable"}[d]
}

// arrives reports whether a client with patience gets to know the answer.
func (d delivery) arrives() bool { return d == whole || d == late }

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
	}

	header := w.Header()
	header.Set("Content-Type", answer.contentType)
	header.Set("X-Src-Cx-Flow-Id", s.flowID(r))
	header.Set("X-Src-Response-Host", authority(r)+BasePath)

	if answer.retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(answer.retryAfter))
	}

	if answer.delivery == truncated {
		header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	}

	w.WriteHeader(answer.status)
	_, err := w.Write(body) //nolint:gosec // JSON of our own making, or the one page of HTML, with its content type

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
