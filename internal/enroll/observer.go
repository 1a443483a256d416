package enroll

import (
	"context"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Observer is told what a worker does, for health and metrics. Its methods are
// called by many goroutines at once and must not block: the jobs wait for them.
type Observer interface {
	// LoopTick: a lane (jobs.Lane.String) is alive. While jobs may be taken and slots are
	// free it turns about once a second, while the gate is closed every few seconds,
	// and when all slots are taken once the first job has ended.
	LoopTick(lane string)
	// FetchStarted: the queue is asked for messages of a lane. Fetched follows within seconds: it has
	// answered, be it that there are none, or with err it has refused or kept silent.
	FetchStarted(lane string)
	Fetched(lane string, err error)
	// Received and Settled: a message has come into the worker's hands, and has left them.
	Received(lane string)
	Settled(as Disposition)
	// Called: the API was called, or the call was given up before it was sent, which has a verdict too.
	Called(operation mastercard.Operation, verdict mastercard.Verdict, took time.Duration)
	// Ended: a job has come to a settled status, and that is committed.
	Ended(status store.Status)
	// Stored: the store was asked, and has done so or, with err, failed.
	Stored(err error)
}

// Disposition is what became of a message.
type Disposition string

// The dispositions.
const (
	Acknowledged Disposition = "acknowledged" // it led to an outcome or a scheduled retry
	HandedBack   Disposition = "handed_back"  // the queue offers it again
	Left         Disposition = "left"         // another worker has it
)

// disposition names what became of a message for those outside.
func (d decision) disposition() Disposition {
	switch {
	case d.acknowledged():
		return Acknowledged
	case d.action == handBack:
		return HandedBack
	default:
		return Left
	}
}

// unobserved is the observer of a worker that nobody watches.
type unobserved struct{}

func (unobserved) LoopTick(string)                                                {}
func (unobserved) FetchStarted(string)                                            {}
func (unobserved) Fetched(string, error)                                          {}
func (unobserved) Received(string)                                                {}
func (unobserved) Settled(Disposition)                                            {}
func (unobserved) Called(mastercard.Operation, mastercard.Verdict, time.Duration) {}
func (unobserved) Ended(store.Status)                                             {}
func (unobserved) Stored(error)                                                   {}

// observedAPI tells the observer of each call.
type observedAPI struct {
	API

	observer Observer
	now      func() time.Time
	tracer   *tracer
}

func (o observedAPI) Enroll(ctx context.Context, r mastercard.EnrollRequest) (answer mastercard.Answer) {
	o.observed(ctx, sent{o.API, mastercard.OperationEnroll, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.Enroll(ctx, r)
		return &answer
	})

	return answer
}

func (o observedAPI) Unenroll(ctx context.Context, r mastercard.UnenrollRequest) (answer mastercard.Answer) {
	o.observed(ctx, sent{o.API, mastercard.OperationUnenroll, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.Unenroll(ctx, r)
		return &answer
	})

	return answer
}

func (o observedAPI) UpdateCard(ctx context.Context, r mastercard.UpdateCardRequest) (answer mastercard.Answer) {
	o.observed(ctx, sent{o.API, mastercard.OperationUpdateCard, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.UpdateCard(ctx, r)
		return &answer
	})

	return answer
}

func (o observedAPI) UpdateConsumer(ctx context.Context, r mastercard.UpdateConsumerRequest) (answer mastercard.Answer) {
	o.observed(ctx, sent{o.API, mastercard.OperationUpdateConsumer, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.UpdateConsumer(ctx, r)
		return &answer
	})

	return answer
}

func (o observedAPI) Forget(ctx context.Context, r mastercard.ForgetRequest) (answer mastercard.Answer) {
	o.observed(ctx, sent{o.API, mastercard.OperationForgetConsumer, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.Forget(ctx, r)
		return &answer
	})

	return answer
}

func (o observedAPI) EnrollBatch(ctx context.Context, r mastercard.BatchRequest) (answer mastercard.BatchAnswer) {
	o.observed(ctx, sent{o.API, mastercard.OperationEnrollBatch, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.EnrollBatch(ctx, r)
		return &answer.Answer
	})

	return answer
}

func (o observedAPI) BatchStatus(ctx context.Context, r mastercard.BatchStatusRequest) (answer mastercard.BatchStatusAnswer) {
	o.observed(ctx, sent{o.API, mastercard.OperationBatchStatus, r.Profile}, &r.Turn, func() *mastercard.Answer {
		answer = o.API.BatchStatus(ctx, r)
		return &answer.Answer
	})

	return answer
}

// observed makes a call, and tells the observer what came of it.
func (o observedAPI) observed(ctx context.Context, what sent, turn *mastercard.Turn, call func() *mastercard.Answer) {
	took := &timing{began: o.now()}
	*turn = o.timed(*turn, took)
	answer := call()
	o.observer.Called(what.operation, answer.Verdict, o.now().Sub(took.began))

	if !took.withheld {
		o.tracer.called(ctx, what, answer, took.began)
	}
}

// timing is when a call began, or that its turn did not come.
type timing struct {
	began    time.Time
	withheld bool
}

// timed has a call begin when its turn has come: how long it waited for that says nothing about the API.
func (o observedAPI) timed(turn mastercard.Turn, took *timing) mastercard.Turn {
	return func(ctx context.Context) error {
		err := turn(ctx)
		took.began, took.withheld = o.now(), err != nil

		return err
	}
}

// observedPusher tells the observer of each push.
type observedPusher struct {
	Pusher

	observedAPI
}

func (o observedPusher) PushMultipleAccounts(ctx context.Context, r mastercard.PushRequest) (answer mastercard.PushAnswer) {
	o.observed(ctx, sent{o.Pusher, mastercard.OperationPush, ""}, &r.Turn, func() *mastercard.Answer {
		answer = o.Pusher.PushMultipleAccounts(ctx, r)
		return &answer.Answer
	})

	return answer
}

// observedLedger tells the observer what is committed, and what is not, and finds out by it whether Postgres answers.
type observedLedger struct {
	Ledger

	observer Observer
	outage   *outage
}

// asked is called before Postgres is asked. The returned function is told how that ended.
func (o observedLedger) asked() func(err error) {
	ended := o.outage.asked()

	return func(err error) {
		ended(err)
		o.observer.Stored(err)
	}
}

func (o observedLedger) Begin(ctx context.Context, r store.BeginRequest) (store.Claim, error) {
	ended := o.asked()
	claim, err := o.Ledger.Begin(ctx, r)
	ended(err)

	return claim, err
}

func (o observedLedger) Renew(ctx context.Context, leases []store.Lease, lease time.Duration) ([]store.Lease, error) {
	ended := o.asked()
	lost, err := o.Ledger.Renew(ctx, leases, lease)
	ended(err)

	return lost, err
}

func (o observedLedger) Finish(ctx context.Context, r store.FinishRequest) (store.FinishResult, error) {
	ended := o.asked()
	finished, err := o.Ledger.Finish(ctx, r)
	ended(err)

	if status := finished.Outcome.Status; err == nil && finished.Finished == store.Recorded && status.Settled() {
		o.observer.Ended(status)
	}

	return finished, err
}

func (o observedLedger) End(ctx context.Context, r store.EndRequest) (store.Claim, error) {
	ended := o.asked()
	claim, err := o.Ledger.End(ctx, r)
	ended(err)

	if err == nil && claim.Decision == store.Ended {
		o.observer.Ended(claim.Outcome.Status)
	}

	return claim, err
}

func (o observedLedger) SaveAPIBatch(ctx context.Context, b store.APIBatch, wait time.Duration) (time.Time, error) {
	ended := o.asked()
	at, err := o.Ledger.SaveAPIBatch(ctx, b, wait)
	ended(err)

	return at, err
}

func (o observedLedger) SaveAPIPoll(ctx context.Context, program, id, apiStatus string, wait time.Duration) error {
	ended := o.asked()
	err := o.Ledger.SaveAPIPoll(ctx, program, id, apiStatus, wait)
	ended(err)

	return err
}

func (o observedLedger) FindCard(ctx context.Context, program, externalCardID string) (store.EnrolledCard, bool, error) {
	ended := o.asked()
	card, found, err := o.Ledger.FindCard(ctx, program, externalCardID)
	ended(err)

	return card, found, err
}

func (o observedLedger) FindConsumer(
	ctx context.Context, program, externalConsumerID string,
) (store.EnrolledCard, bool, error) {
	ended := o.asked()
	card, found, err := o.Ledger.FindConsumer(ctx, program, externalConsumerID)
	ended(err)

	return card, found, err
}

func (o observedLedger) FindConsumers(ctx context.Context, program, externalConsumerID string) ([]store.EnrolledCard, error) {
	ended := o.asked()
	found, err := o.Ledger.FindConsumers(ctx, program, externalConsumerID)
	ended(err)

	return found, err
}
