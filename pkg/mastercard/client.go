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
	"enroll.example/clicktopay/pkg/receipt"
)

// A Client calls the API. It can be used by any number of goroutines at once.
type Client struct {
	config      Config
	base        *url.URL
	plans       map[string]planSet // by profile
	credentials *handover
}

// New checks the whole configuration; its error names every setting that is wrong.
// Nothing is sent.
func New(config Config) (*Client, error) {
	config, base, err := config.check()
	if err != nil {
		return nil, err
	}

	plans, err := newPlans(config)
	if err != nil {
		return nil, fmt.Errorf("configuring the API client: %w", err)
	}

	return &Client{config: config, base: base, plans: plans, credentials: &handover{
		source: config.Credentials, now: config.Now, report: config.CredentialTried, inUse: config.Credentials.Credential(),
	}}, nil
}

// CloseIdleConnections closes what the transport keeps open without using it now.
func (c *Client) CloseIdleConnections() {
	if transport, ok := c.config.Transport.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}

// A call is one operation about to be sent.
type call struct {
	operation Operation
	profile   string // the one that decides first; empty for the client's own
	number    pan.Number
	numbers   []pan.Number // of a batch
	receipt   receipt.Receipt
	values    values
	way       *plan                                // where no profile describes it
	problem   *finding                             // why it cannot be sent; nil where it can
	compose   func() ([]byte, *finding)            // writes the whole body, where no plan does
	seal      func(*plan, *values) *finding        // encrypts what is to be encrypted; nil where nothing is
	success   func(*plan, *call, exchange) success // reads an answer of status 2xx
	turn      Turn
	auth      Auth
}

// A Turn is waited for when a request has been built and signed, just before it is sent: what takes the processor's time is
// then done, and the request leaves when its turn comes. When it returns an error nothing is sent, and the answer says so.
// Config.CallTimeout counts from its end. nil: the request is sent at once.
type Turn func(ctx context.Context) error

// do carries a call out and always returns a verdict. Where the API does not let it in for its credential, and there is a newer
// or an older one that is good, it is made once more with that. It has one turn: what was refused before it was sent waits for it
// then.
func (c *Client) do(ctx context.Context, this *call) (Answer, success) {
	turn, had := this.turn, false
	if turn != nil {
		this.turn = func(ctx context.Context) error {
			if had {
				return nil
			}

			had = true

			return turn(ctx)
		}
	}

	made := c.credentials.choose()
	answer, held := c.attempt(ctx, this, made.credential)

	c.credentials.settle(made, answer)

	if next, found := c.credentials.other(made, answer); found {
		answer, held = c.attempt(ctx, this, next.credential)
		c.credentials.settle(next, answer)
	}

	return answer, held
}

// attempt makes a call with one credential.
func (c *Client) attempt(ctx context.Context, this *call, credential *Credential) (answer Answer, held success) {
	progress := new(progress)

	defer func() {
		if cause := recover(); cause != nil {
			answer, held = c.conclude(this, exchange{}, panicFinding(cause, progress.sent())), success{}
		}
	}()

	if err := ctx.Err(); err != nil {
		return c.conclude(this, exchange{err: err}, networkFinding(err, false)), held
	}

	way, problem := c.plan(this)
	if problem != nil {
		return c.conclude(this, exchange{}, *problem), held
	}

	out, problem := c.request(ctx, way, this, credential)
	if problem != nil {
		return c.conclude(this, exchange{err: problem.cause}, *problem), held
	}

	if err := this.turn.wait(ctx, out, c.config.Now); err != nil {
		return c.conclude(this, exchange{err: err}, networkFinding(err, false)), held
	}

	ctx, cancel := context.WithTimeout(ctx, c.config.CallTimeout)
	defer cancel()

	result, problem := c.exchange(ctx, out, progress)
	if problem != nil {
		return c.conclude(this, exchange{err: problem.cause}, *problem), held
	}
	if result.err != nil {
		return c.conclude(this, result, networkFinding(result.err, result.sent)), held
	}

	return c.read(way, this, result)
}

// plan is how the profiles describe the call.
func (c *Client) plan(this *call) (*plan, *finding) {
	set, known := c.plans[this.profile]
	way := set[this.operation]

	switch {
	case this.problem != nil:
		return nil, this.problem
	case this.way != nil:
		return this.way, nil
	case !known:
		return nil, invalidSetting("profile", this.profile, "the name of a profile that the client has")
	case way == nil:
		return nil, &finding{Failure: Failure{
			Source: SourceClient, Reason: ReasonInvalidSetting, Field: "profile",
			Message: fmt.Sprintf("no profile of the program describes the operation %s", this.operation),
		}}
	}

	return way, nil
}

// exchange sends the request, and once more for each thing that it was not let in for and that could be put right. All have the
// time of one call. problem says why it could not be sent once more.
func (c *Client) exchange(ctx context.Context, out outgoing, progress *progress) (exchange, *finding) {
	for {
		progress.begun(out.sign)

		result := roundTrip(c.config.Transport, out.request.WithContext(ctx), c.config.MaxAnswerBytes, progress)
		if result.err != nil {
			return result, nil
		}

		again, problem := out.by.refused(ctx, result)
		result = out.by.redact(result)

		if problem != nil || !again {
			return result, problem
		}

		if problem := out.renew(); problem != nil {
			return exchange{}, problem
		}
	}
}

// wait returns when the request's turn has come, and what authorizes it is fresh.
func (t Turn) wait(ctx context.Context, out outgoing, now func() time.Time) error {
	if t == nil {
		return nil
	}

	signed := now()

	if err := t(ctx); err != nil {
		return err
	}

	if out.by.stale(now().Sub(signed)) {
		return out.sign() // the key has signed this very request
	}

	return nil
}

// request builds and signs what is sent.
func (c *Client) request(ctx context.Context, way *plan, this *call, credential *Credential) (out outgoing, problem *finding) {
	if out.by, problem = c.authorize(ctx, this.auth, credential); problem != nil {
		return outgoing{}, problem
	}

	this.values.openAPIClientID = out.by.clientID()

	if missing := way.missing(&this.values); missing != "" {
		return outgoing{}, invalidRequest(missing, "CANNOT_BE_NULL",
			"profile "+way.profile+" puts it into the path, and the request has none")
	}

	if out.body, problem = way.write(this); problem != nil {
		return outgoing{}, problem
	}

	if out.request, problem = c.unsigned(ctx, way, this, out.body); problem != nil {
		return outgoing{}, problem
	}

	if err := out.sign(); err != nil {
		return outgoing{}, clientFinding(ReasonNotSigned, err.Error())
	}

	return out, nil
}

// unsigned is a request before anything authorizes it.
func (c *Client) unsigned(ctx context.Context, way *plan, this *call, body []byte) (*http.Request, *finding) {
	target := endpoint(c.base, way.segments(&this.values), way.parameters(&this.values))

	request, err := http.NewRequestWithContext(ctx, way.method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, invalidRequest("", "INVALID_FORMAT", err.Error())
	}

	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "identity") // without it, any packing would be allowed

	if body != nil {
		request.Header.Set("Content-Type", "application/json; charset=utf-8")
	}

	for _, header := range way.headers {
		if value := header.value(&this.values); value != "" {
			request.Header[header.name] = []string{value}
		}
	}

	return request, nil
}

const flowIDHeader = "X-Src-Cx-Flow-Id"

// clientIDOf is the first half of a consumer key, the project's client id.
func clientIDOf(consumerKey string) string {
	clientID, _, _ := strings.Cut(consumerKey, "!")

	return clientID
}

func clientFinding(reason, message string) *finding {
	return &finding{Failure: Failure{Source: SourceClient, Reason: reason, Message: message}}
}

// tooLarge refuses a request that is beyond a limit of its profile: a smaller one may do.
func tooLarge(message string) *finding { return clientFinding(ReasonTooLarge, message) }

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
