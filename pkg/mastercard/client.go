package mastercard

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/pan"
)

// A Client calls the API. It can be used by any number of goroutines at once.
type Client struct {
	config Config
	base   *url.URL
	auth   authorizer
}

// New checks the whole configuration; its error names every setting that is wrong.
// Nothing is sent.
func New(config Config) (*Client, error) {
	config, base, err := config.check()
	if err != nil {
		return nil, err
	}

	return &Client{config: config, base: base, auth: oauth1{config.Credentials, config.Now}}, nil
}

// CloseIdleConnections closes what the transport keeps open without using it now.
func (c *Client) CloseIdleConnections() {
	if transport, ok := c.config.Transport.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}

// A call is one operation about to be sent.
type call struct {
	operation     Operation
	method        string
	path          []string
	query         []parameter
	number        pan.Number
	correlationID string
	flowID        string
	problem       *finding                  // why it cannot be sent; nil where it can
	body          func() ([]byte, *finding) // nil where there is none
	turn          Turn
}

// A Turn is waited for when a request has been built and signed, just before it is sent: what takes the processor's time is
// then done, and the request leaves when its turn comes. When it returns an error nothing is sent, and the answer says so.
// Config.CallTimeout counts from its end. nil: the request is sent at once.
type Turn func(ctx context.Context) error

// do carries a call out and always returns a verdict.
func (c *Client) do(ctx context.Context, this call) (answer Answer) {
	progress := new(progress)

	defer func() {
		if cause := recover(); cause != nil {
			answer = c.judge(this, exchange{}, panicFinding(cause, progress.sent()))
		}
	}()

	if err := ctx.Err(); err != nil {
		return c.judge(this, exchange{err: err}, networkFinding(err, false))
	}

	out, problem := c.request(ctx, this)
	if problem != nil {
		return c.judge(this, exchange{}, *problem)
	}

	if err := this.turn.wait(ctx, out); err != nil {
		return c.judge(this, exchange{err: err}, networkFinding(err, false))
	}

	ctx, cancel := context.WithTimeout(ctx, c.config.CallTimeout)
	defer cancel()

	progress.resend = out.sign

	result := roundTrip(c.config.Transport, out.request.WithContext(ctx), c.config.MaxAnswerBytes, progress)
	if result.err != nil {
		return c.judge(this, result, networkFinding(result.err, result.sent))
	}

	return c.read(this, result)
}

// wait returns when the request's turn has come, and what authorizes it is fresh.
func (t Turn) wait(ctx context.Context, out outgoing) error {
	if t == nil {
		return nil
	}

	signed := time.Now()

	if err := t(ctx); err != nil {
		return err
	}

	if out.by.stale(time.Since(signed)) {
		return out.sign() // the key has signed this very request
	}

	return nil
}

// request builds and signs what is sent.
func (c *Client) request(ctx context.Context, this call) (out outgoing, problem *finding) {
	if this.problem != nil {
		return outgoing{}, this.problem
	}

	if out.by, problem = c.auth.authorize(ctx); problem != nil {
		return outgoing{}, problem
	}

	if this.body != nil {
		if out.body, problem = this.body(); problem != nil {
			return outgoing{}, problem
		}
	}

	if out.request, problem = c.unsigned(ctx, this, out.body); problem != nil {
		return outgoing{}, problem
	}

	if !c.config.OmitClientID {
		out.request.Header.Set(clientIDHeader, out.by.clientID())
	}

	if err := out.sign(); err != nil {
		return outgoing{}, clientFinding(ReasonNotSigned, err.Error())
	}

	return out, nil
}

// unsigned is a request before anything authorizes it.
func (c *Client) unsigned(ctx context.Context, this call, body []byte) (*http.Request, *finding) {
	target := endpoint(c.base, this.path, this.query)

	request, err := http.NewRequestWithContext(ctx, this.method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, invalidRequest("", "INVALID_FORMAT", err.Error())
	}

	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "identity") // without it, any packing would be allowed

	if body != nil {
		request.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if flowIDForm.MatchString(this.flowID) {
		request.Header.Set(flowIDHeader, this.flowID)
	}

	return request, nil
}

const flowIDHeader = "X-Src-Cx-Flow-Id"

// clientIDHeader names who calls. Issuers' own clients send it. OAuth signs no headers, so it is not part of what is signed.
const clientIDHeader = "X-Openapi-Clientid"

// clientIDOf is the first half of a consumer key, the project's client id.
func clientIDOf(consumerKey string) string {
	clientID, _, _ := strings.Cut(consumerKey, "!")

	return clientID
}

func clientFinding(reason, message string) *finding {
	return &finding{Failure: Failure{Source: SourceClient, Reason: reason, Message: message}}
}

func invalidRequest(field, detail, message string) *finding {
	return &finding{Failure: Failure{
		Source: SourceClient, Reason: ReasonInvalidRequest, Detail: detail, Field: field, Message: message,
	}}
}

// panicFinding reports that something passed in panicked. The value could hold
// anything, so only its type is told.
func panicFinding(cause any, sent bool) finding {
	found := clientFinding(ReasonPanic, fmt.Sprintf("a transport or key source panicked with a %T", cause))
	found.Detail = processing(sent)

	return *found
}
