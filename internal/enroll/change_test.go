package enroll_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// newChangingRig is one whose program may change and forget.
func newChangingRig(t *testing.T) *rig {
	t.Helper()

	r := newRig(t)
	r.allow(jobs.Operations()...)

	return r
}

func (r *rig) allow(operations ...jobs.Operation) {
	program := r.config.Programs["demo"]
	program.Operations = operations
	r.config.Programs["demo"] = program
}

// enrolled enrolls card-1 of consumer-1 and returns its outcome.
func (r *rig) enrolled() jobs.Outcome {
	r.t.Helper()

	job := r.seal("in", sandbox.PAN(0, 1))
	job.ExternalCardID, job.ExternalConsumerID = "card-1", "consumer-1"
	_, err := r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)

	outcome := r.outcome()
	require.Equal(r.t, "enrolled", outcome.Status)

	return outcome
}

func contactData(email string) jobs.Change {
	return jobs.Change{Consumer: &jobs.Consumer{EmailAddress: email, FirstName: "Anna"}}
}

func billingAddress(city string) jobs.Change {
	return jobs.Change{BillingAddress: &jobs.Address{City: city, CountryCode: "CZ"}}
}

// change seals and publishes a job that updates.
func (r *rig) change(job jobs.Job, change jobs.Change) {
	r.t.Helper()

	job.Program, job.Operation = "demo", jobs.Update
	sealed, err := r.sealer.SealChange(job, change)
	require.NoError(r.t, err)
	_, err = r.publisher.Publish(r.t.Context(), sealed)
	require.NoError(r.t, err)
}

func (r *rig) forget(job jobs.Job) {
	r.t.Helper()

	job.Program, job.Operation = "demo", jobs.Forget
	_, err := r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// A card and a consumer that were enrolled through the queue are changed and forgotten through it.
func TestUpdateAndForget(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()
	card := r.enrolled()
	require.NotEmpty(t, card.SrcConsumerID)
	require.Equal(t, card.SrcConsumerID, r.row("in").SrcConsumerID)

	for _, c := range []struct {
		publish func()
		id      string
		status  store.Status
		reason  string
		calls   int
	}{
		{func() { r.change(jobs.Job{ID: "card-by-key", ExternalCardID: "card-1"}, billingAddress("Brno")) }, "card-by-key", store.StatusUpdated, "", 1},
		{func() {
			r.change(jobs.Job{ID: "card", SrcDigitalCardID: card.SrcDigitalCardID}, billingAddress("Brno"))
		}, "card", store.StatusUpdated, "", 1},
		{func() { r.change(jobs.Job{ID: "other-card", ExternalCardID: "card-2"}, billingAddress("Brno")) }, "other-card", store.StatusNotEnrolled, "CARD_NOT_FOUND", 0},
		{func() { r.change(jobs.Job{ID: "no-card", SrcDigitalCardID: "k-9"}, billingAddress("Brno")) }, "no-card", store.StatusNotEnrolled, "NOT_FOUND", 1},
		{func() { r.change(jobs.Job{ID: "by-key", ExternalConsumerID: "consumer-1"}, contactData("a@b.example")) }, "by-key", store.StatusUpdated, "", 1},
		{func() { r.change(jobs.Job{ID: "by-id", SrcConsumerID: card.SrcConsumerID}, contactData("b@b.example")) }, "by-id", store.StatusUpdated, "", 1},
		{func() { r.forget(jobs.Job{ID: "nobody", ExternalConsumerID: "consumer-2"}) }, "nobody", store.StatusNotEnrolled, "CONSUMER_NOT_FOUND", 0},
		{func() { r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"}) }, "forget", store.StatusForgotten, "", 1},
		{func() { r.forget(jobs.Job{ID: "again", SrcConsumerID: card.SrcConsumerID}) }, "again", store.StatusNotEnrolled, "NOT_FOUND", 1},
		{func() { r.change(jobs.Job{ID: "gone", SrcConsumerID: card.SrcConsumerID}, contactData("c@b.example")) }, "gone", store.StatusNotEnrolled, "NOT_FOUND", 1},
		{func() { r.change(jobs.Job{ID: "gone-card", ExternalCardID: "card-1"}, billingAddress("Plzen")) }, "gone-card", store.StatusNotEnrolled, "NOT_FOUND", 1},
	} {
		c.publish()

		outcome := r.outcome()
		require.Equal(t, c.id, outcome.ID)
		require.Equal(t, string(c.status), outcome.Status, "%s: %+v", c.id, outcome.Error)

		row := r.row(c.id)
		require.Equal(t, c.reason, row.Failure.Reason, c.id)
		require.Equal(t, c.calls, row.Attempts, c.id)
		require.NotContains(t, fmt.Sprintf("%+v", row), "b.example")
	}

	stop()
	r.drained()

	totals := r.sandbox.Ledger().Totals()
	require.Equal(t, 4, totals.Updated)
	require.Equal(t, 1, totals.Forgotten)
	require.NotContains(t, r.log.String(), "b.example")
}

// The same change sealed anew is the same job, another one under its id is a conflict.
func TestAChangeIsMadeOnce(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	stop := r.start()
	r.enrolled()

	job := jobs.Job{ID: "change", ExternalConsumerID: "consumer-1"}
	r.change(job, contactData("a@b.example"))
	first := r.outcome()
	require.Equal(t, "updated", first.Status)

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	r.change(job, contactData("a@b.example"))
	require.Equal(t, first, r.outcome(), "announced again")

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	r.change(job, contactData("other@b.example"))
	require.Equal(t, "conflict", r.outcome().Status)

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	r.forget(job)
	require.Equal(t, "conflict", r.outcome().Status)

	stop()
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Updated)
}

// losing sends requests and loses the answers to the first ones of a kind.
type losing struct {
	http.RoundTripper

	method, below string
	left          atomic.Int64
}

func (l *losing) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(request)
	if err == nil && request.Method == l.method && strings.Contains(request.URL.Path, l.below) && l.left.Add(-1) >= 0 {
		_ = answer.Body.Close()

		return nil, errors.New("the connection was lost")
	}

	return answer, err
}

// An answer that is lost costs nothing: a change is made again, and who is gone has been forgotten by the call before.
func TestAChangeWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		method, below string
		hold          bool
		publish       func(r *rig)
		want          store.Status
		calls         int
	}{
		"of a card": {
			http.MethodPut, "/cards/", false,
			func(r *rig) { r.change(jobs.Job{ID: "job", ExternalCardID: "card-1"}, billingAddress("Brno")) }, store.StatusUpdated, 2,
		},
		"of a consumer": {
			http.MethodPut, "/profiles/", false,
			func(r *rig) {
				r.change(jobs.Job{ID: "job", ExternalConsumerID: "consumer-1"}, contactData("a@b.example"))
			}, store.StatusUpdated, 2,
		},
		"of one who is forgotten": {
			http.MethodDelete, "/profiles/", false,
			func(r *rig) { r.forget(jobs.Job{ID: "job", ExternalConsumerID: "consumer-1"}) }, store.StatusForgotten, 2,
		},
		"of one who is forgotten, held": {
			http.MethodDelete, "/profiles/", true,
			func(r *rig) { r.forget(jobs.Job{ID: "job", ExternalConsumerID: "consumer-1"}) }, store.StatusInDoubt, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newChangingRig(t)
			if c.hold {
				program := r.config.Programs["demo"]
				program.OnUnknown = enroll.Hold
				r.config.Programs["demo"] = program
			}

			transport := &losing{RoundTripper: &http.Transport{}, method: c.method, below: c.below}
			transport.left.Store(1)
			r.api.Transport = transport

			stop := r.start()
			r.enrolled()
			c.publish(r)
			r.stands("job", c.want)
			stop()

			row := r.row("job")
			require.Equal(t, c.calls, row.Attempts)
			require.Equal(t, c.want == store.StatusInDoubt, row.Failure != store.Failure{}, row.Failure)
		})
	}
}

// refusingOnce answers the first change with an outage, before the API sees it.
type refusingOnce struct {
	http.RoundTripper

	refused atomic.Bool
	let     chan struct{}
}

func (o *refusingOnce) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodPut || !o.refused.CompareAndSwap(false, true) {
		return o.RoundTripper.RoundTrip(request)
	}

	close(o.let)

	return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody}, nil
}

// A change that failed is not made after a later one of the same consumer has been: it says so instead.
func TestALaterChangeSupersedesOneThatIsLate(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	transport := &refusingOnce{RoundTripper: &http.Transport{}, let: make(chan struct{})}
	r.api.Transport = transport

	program := r.config.Programs["demo"]
	program.Backoff.Base, program.Backoff.Cap = 2e9, 2e9 // time enough for the later one
	r.config.Programs["demo"] = program

	stop := r.start()
	r.enrolled()

	r.change(jobs.Job{ID: "first", ExternalConsumerID: "consumer-1"}, contactData("first@b.example"))
	<-transport.let
	r.change(jobs.Job{ID: "second", SrcConsumerID: r.row("in").SrcConsumerID}, contactData("second@b.example"))

	outcomes := r.outcomesOf(2)
	require.Equal(t, "updated", outcomes["second"].Status)
	require.Equal(t, "superseded", outcomes["first"].Status)
	require.Equal(t, "LATER_CHANGE", outcomes["first"].Error.Reason)

	stop()
	r.drained()
	require.Equal(t, 1, r.sandbox.Ledger().Totals().Updated)
}

// Many changes of one consumer at once: the last one stands, and each of the others was made before it or says that it was not.
func TestManyChangesOfOneConsumer(t *testing.T) {
	t.Parallel()

	const changes = 12

	r := newChangingRig(t)
	calls := &serial{API: nil}
	stop := r.startWith(r.js, r.store, calls.over(r.client()))
	consumer := r.enrolled().SrcConsumerID

	for i := range changes {
		r.change(jobs.Job{ID: fmt.Sprintf("change-%02d", i), SrcConsumerID: consumer}, contactData(fmt.Sprintf("a%02d@b.example", i)))
	}

	made := 0

	for id, outcome := range r.outcomesOf(changes) {
		require.Contains(t, []string{"updated", "superseded"}, outcome.Status, id)

		if outcome.Status == "updated" {
			made++
		}
	}

	stop()
	require.Equal(t, "updated", string(r.row(fmt.Sprintf("change-%02d", changes-1)).Status))
	require.Equal(t, made, r.sandbox.Ledger().Totals().Updated)
	require.Equal(t, fmt.Sprintf("a%02d@b.example", changes-1), calls.last.Load())
	require.False(t, calls.beside.Load(), "two at once")
}

// serial notes whether changes are made beside each other, and which was the last.
type serial struct {
	enroll.API

	running atomic.Int64
	beside  atomic.Bool
	last    atomic.Value
}

func (s *serial) over(api enroll.API) *serial {
	s.API = api

	return s
}

func (s *serial) UpdateConsumer(ctx context.Context, r mastercard.UpdateConsumerRequest) mastercard.Answer {
	if s.running.Add(1) > 1 {
		s.beside.Store(true)
	}
	defer s.running.Add(-1)

	s.last.Store(r.Consumer.EmailAddress)

	return s.API.UpdateConsumer(ctx, r)
}

// What a job that updates seals is looked at as closely as what one that enrolls does.
func TestChangesThatAreInvalid(t *testing.T) {
	t.Parallel()

	r := newChangingRig(t)
	sealed := func(text string) string { return sealText(t, r.intake, text) }
	job := func(id, members, seal string) []byte {
		return []byte(`{"schema":1,"id":"` + id + `","program":"demo","operation":"update",` + members + `"sealed":"` + seal + `"}`)
	}
	address := `{"billingAddress":{"city":"Brno"}}`
	enrollment := string(r.payloadText(sandbox.PAN(0, 1)))

	cases := map[string]struct {
		body   []byte
		reason jobs.Reason
		kept   bool
	}{
		"enrollment":    {job("enrollment", `"external_card_id":"k",`, sealed(enrollment)), jobs.ReasonInvalidField, true},
		"own-number":    {job("own-number", `"external_card_id":"x `+sandbox.PAN(0, 1)+`",`, sealed(enrollment)), jobs.ReasonClearCard, false},
		"security-code": {job("security-code", `"external_card_id":"k",`, sealed(`{"billingAddress":{"cvc":"123"}}`)), jobs.ReasonSecurityCode, false},
		"no-json":       {job("no-json", `"external_card_id":"k",`, sealed(`hello`)), jobs.ReasonNotJSON, true},
		"nobody":        {job("nobody", `"external_card_id":"k",`, sealed(`{"consumer":{"emailAddress":"a@b.example"}}`)), jobs.ReasonInvalidField, true},
		"no-card":       {job("no-card", `"src_consumer_id":"c",`, sealed(address)), jobs.ReasonInvalidField, true},
		"altered":       {job("altered", `"external_card_id":"k",`, tampered(sealed(address))), jobs.ReasonBrokenSeal, true},
	}
	for _, c := range cases {
		r.publishRaw(jobs.Subject("demo"), c.body)
	}

	stop := r.start()
	r.outcomesUntil(len(cases))
	stop()
	r.drained()

	kept := map[string]bool{}
	for _, letter := range r.letters() {
		kept[letter.Key()] = true
	}

	for id, c := range cases {
		row := r.row(id)
		require.Equal(t, store.StatusInvalid, row.Status, id)
		require.Equal(t, string(c.reason), row.Failure.Reason, "%s: %s", id, row.Failure.Message)
		require.Equal(t, c.kept, kept[id], id)
		require.Zero(t, row.Attempts)
	}
}

// payloadText is what an enrollment seals.
func (r *rig) payloadText(number string) []byte {
	r.t.Helper()

	return []byte(`{"card":{"primaryAccountNumber":"` + number + `","panExpirationMonth":"12","panExpirationYear":"2099"},` +
		`"consumer":{"emailAddress":"a@b.example"}}`)
}

// A program that does not list an operation has its jobs ended, and not sent.
func TestAnOperationThatIsOff(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.allow(jobs.Enroll, jobs.Update)
	stop := r.start()
	card := r.enrolled()

	r.forget(jobs.Job{ID: "forget", SrcConsumerID: card.SrcConsumerID})
	outcome := r.outcome()
	require.Equal(t, "invalid", outcome.Status)
	require.Equal(t, string(jobs.ReasonOperationOff), outcome.Error.Reason)

	stop()
	require.Zero(t, r.sandbox.Ledger().Totals().Forgotten)
}
