package mastercard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"syscall"
)

// An exchange is one request sent, or not, and what came back.
type exchange struct {
	status int
	header http.Header
	body   []byte
	// body is unpacked and in UTF-8, unless broken says why it is not whole or cannot be read.
	broken error
	// err is why there is no answer at all; sent says whether the request may have been processed then.
	err  error
	sent bool
}

var errTooLarge = errors.New("the answer is larger than MaxAnswerBytes")

var errNoAnswer = errors.New("the transport gave neither an answer nor an error")

// roundTrip sends the request once and reads the whole answer, up to limit bytes.
// The request's context has to have a deadline.
func roundTrip(transport http.RoundTripper, request *http.Request, limit int64, progress *progress) exchange {
	request = request.WithContext(httptrace.WithClientTrace(request.Context(), progress.trace()))

	if err := request.Context().Err(); err != nil {
		return exchange{err: err}
	}

	progress.step.Store(unobserved)

	answer, err := transport.RoundTrip(request)
	if err == nil && answer == nil {
		err = errNoAnswer
	}
	if err != nil {
		return exchange{err: err, sent: progress.sent() && !writeFailed(err) && !handshakeRefused(err)}
	}
	defer answer.Body.Close()

	result := exchange{status: answer.StatusCode, header: answer.Header}
	if answer.StatusCode < http.StatusOK {
		return result // the body of a switched protocol never ends
	}

	// Read to the end, so that the connection can be used again.
	result.body, err = io.ReadAll(io.LimitReader(answer.Body, limit+1))

	switch {
	case err != nil:
		result.broken = fmt.Errorf("reading the answer: %w", err)
	case int64(len(result.body)) > limit:
		result.body, result.broken = result.body[:limit], errTooLarge
	default:
		result.body, result.broken = unpackContent(result.header, result.body, limit)
		result.body = utf8Text(result.header.Get("Content-Type"), result.body)
	}

	return result
}

// progress follows a request on its way out. The transport reports to it from
// goroutines of its own, and anew when it takes another connection because
// nothing could be written to the first.
type progress struct {
	step     atomic.Int32
	attempts int
	resend   func() error
}

const (
	nothingWritten int32 = iota
	headerWritten        // perhaps not flushed; the body may be under way
	wholeWritten         // perhaps not flushed
	writingFailed        // so the request did not leave whole
	unobserved           // in the hands of a transport that may not report at all
)

func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { p.begin() },
		WroteHeaders: func() { p.step.Store(headerWritten) },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err != nil {
				p.step.Store(writingFailed)
			} else {
				p.step.Store(wholeWritten)
			}
		},
	}
}

// begun prepares for a request that is about to be sent; resend authorizes it anew.
func (p *progress) begun(resend func() error) {
	p.step.Store(nothingWritten)
	p.attempts, p.resend = 0, resend
}

// begin is called before each attempt, by the goroutine that sends. A transport
// resends by itself what it knows to have not been read, such as what met a
// connection closed meanwhile; it does so from the same header, and a nonce
// can be used once only.
func (p *progress) begin() {
	p.step.Store(nothingWritten)

	if p.attempts++; p.attempts > 1 && p.resend != nil {
		_ = p.resend() // the key has signed this very request; if it fails now, the API refuses the old signature
	}
}

// sent reports whether the API may have got the request. With the header written
// and no word of the body's end it may have: a cancelled exchange returns while
// the transport still writes.
func (p *progress) sent() bool {
	step := p.step.Load()
	return step != nothingWritten && step != writingFailed
}

// writeFailed reports whether the request could not be written to the end. The
// trace does not tell for one that fits the transport's buffer: it is reported
// as written before the buffer is.
func writeFailed(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && failed.Op == "write"
}

// networkFinding names why there is no answer.
func networkFinding(err error, sent bool) finding {
	return finding{Failure: Failure{
		Source:  SourceNetwork,
		Reason:  networkReason(err),
		Detail:  processing(sent),
		Message: err.Error(),
	}}
}

// processing is what a failure implies about whether the request was processed.
func processing(sent bool) string {
	if sent {
		return DetailSent
	}

	return DetailNotSent
}

func networkReason(err error) string {
	var (
		dns     *net.DNSError
		timeout net.Error
	)

	switch {
	case errors.Is(err, context.Canceled):
		return ReasonCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return ReasonTimeout
	case isProxy(err):
		return ReasonProxy
	case errors.As(err, &dns):
		return ReasonDNS
	case errors.As(err, &timeout) && timeout.Timeout():
		return ReasonTimeout
	case isTLS(err):
		return ReasonTLS
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return ReasonUnreachable
	case errors.Is(err, syscall.ECONNREFUSED):
		return ReasonConnectionRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ReasonConnectionLost
	default:
		return ReasonNetwork
	}
}
