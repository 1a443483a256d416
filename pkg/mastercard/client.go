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
}

// New checks the whole configuration; its error names every setting that is wrong.
// Nothing is sent.
func New(config Config) (*Client, error) {
	config, base, err := config.check()
	if err != nil {
		return nil, err
	}

	return &Client{config: config, base: base}, nil
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

// signatureAge is after how long a wait a request is signed anew: services compare its time with theirs.
const signatureAge = 5 * time.Second

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

	request, resign, problem := c.request(ctx, this)
	if problem != nil {
		return c.judge(this, exchange{}, *problem)
	}

	if err := this.turn.wait(ctx, resign); err != nil {
		return c.judge(this, exchange{err: err}, networkFinding(err, false))
	}

	ctx, cancel := context.WithTimeout(ctx, c.config.CallTimeout)
	defer cancel()

	progress.resend = resign

	result := roundTrip(c.config.Transport, request.WithContext(ctx), c.config.MaxAnswerBytes, progress)
	if result.err != nil {
		return c.judge(this, result, networkFinding(result.err, result.sent))
	}

	return c.read(this, result)
}

// wait returns when the request's turn has come, and its signature is fresh.
func (t Turn) wait(ctx context.Context, resign func() error) error {
	if t == nil {
		return nil
	}

	signed := time.Now()

	if err := t(ctx); err != nil {
		return err
	}

	if time.Since(signed) > signatureAge {
		return resign() // the key has signed this very request
	}

	return nil
}

// request builds and signs what is sent. resign signs the same request anew.
func (c *Client) request(ctx context.Context, this call) (request *http.Request, resign func() error, problem *finding) {
	if this.problem != nil {
		return nil, nil, this.problem
	}

	consumerKey, key, problem := c.credential()
	if problem != nil {
		return nil, nil, problem
	}

	var body []byte

	if this.body != nil {
		if body, problem = this.body(); problem != nil {
			return nil, nil, problem
		}
	}

	target := endpoint(c.base, this.path, this.query)

	request, err := http.NewRequestWithContext(ctx, this.method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, invalidRequest("", "INVALID_FORMAT", err.Error())
	}

	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "identity") // without it, any packing would be allowed

	if body != nil {
		request.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if flowIDForm.MatchString(this.flowID) {
		request.Header.Set(flowIDHeader, this.flowID)
	}

	if !c.config.OmitClientID {
		request.Header.Set(clientIDHeader, clientIDOf(consumerKey))
	}

	resign = func() error { return sign(request, body, consumerKey, key) }
	if err := resign(); err != nil {
		return nil, nil, clientFinding(ReasonNotSigned, err.Error())
	}

	return request, resign, nil
}

// credential is asked for once a call, whatever replaces it meanwhile.
func (c *Client) credential() (consumerKey string, key *SigningKey, problem *finding) {
	credential := c.config.Credentials.Credential()
	if credential == nil {
		return "", nil, clientFinding(ReasonKeyMissing, "there is no consumer key and no signing key")
	}

	key, problem = c.usable(credential.key)

	return credential.consumerKey, key, problem
}

func (c *Client) usable(key *SigningKey) (*SigningKey, *finding) {
	if key == nil || key.private == nil {
		return nil, clientFinding(ReasonKeyMissing, "there is no signing key")
	}
	if err := checkExpiry(key.notAfter, c.config.Now()); err != nil {
		return nil, clientFinding(ReasonKeyExpired, fmt.Sprintf("%s: %v", key, err))
	}

	return key, nil
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
