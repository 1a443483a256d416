package enroll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Why a claimed job is not sent after all. It goes back uncharged.
var (
	errNoTurn  = errors.New("the program's agreed rate granted no call in time")
	errStopped = errors.New("the program was stopped or told to pause before the call's turn came")
	errTooLate = errors.New("not_after passed before the call's turn came")
)

// turn waits until a claimed job's call may be made. It has waited for its turn once, before the claim: it waits again only when
// the claim took so long that its token was lost. That must not be for ever, and after a while what was asked before the claim is
// asked again: the job would be sent after a halt, or after its not_after. The call is told of its end, also where it is
// withheld.
func (w *Worker) turn(ctx context.Context, r *reading) (call *pace.Call, withheld error) {
	pacer, began := w.config.Pacers[r.program.Name], w.config.Now()

	withheld = w.inTime(ctx, func(ctx context.Context) error {
		call = pacer.Call(ctx)

		return nil
	})

	switch {
	case withheld != nil:
		return call, withheld
	case w.config.Now().Sub(began) < w.longestTurn()/fresh:
		return call, nil
	case w.expired(ctx, r):
		return call, errTooLate
	}

	if _, closed := pacer.Closed(); closed && !r.probe {
		return call, errStopped
	}

	return call, nil
}

// inTime waits for a call, and not for ever.
func (w *Worker) inTime(ctx context.Context, wait func(ctx context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, w.longestTurn())
	defer cancel()

	err := wait(bounded)

	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return fmt.Errorf("%w: %s", errNoTurn, w.longestTurn())
	default:
		return err
	}
}

func (w *Worker) longestTurn() time.Duration { return max(turnPatience*w.config.HandBack, leastTurn) }

// turns are those of the calls of one attempt: of most, one. So are those of a batch, and of a question for its results.
type turns struct {
	w        *Worker
	r        *reading
	permit   *permit    // nil for none
	call     *pace.Call // nil until its turn has come
	withheld error
}

// take waits for the turn of the attempt's next call (mastercard.Turn). A later one waits for the agreed rate, which counts
// calls, and for nothing else: it has the place of the first, so that jobs whose receipts wait cannot hold up each other, and
// what was asked before the attempt is not asked again when half of it is done.
func (t *turns) take(ctx context.Context) error {
	if t.call == nil {
		t.permit.spend()
		t.call, t.withheld = t.w.turn(ctx, t.r)
	} else {
		t.withheld = t.w.inTime(ctx, t.call.Next)
	}

	return t.withheld
}

// answered says that a call was answered and that another one of the attempt follows.
func (t *turns) answered() { t.call.Answered() }

const (
	// leastTurn is how long a claimed job waits for its call at least.
	leastTurn = 2 * time.Second
	// fresh is the part of that time for which it holds what was asked before the claim.
	fresh = 10
)

// notSent is the answer of a call that was not made.
func notSent(why error) mastercard.Answer {
	return mastercard.Answer{Verdict: mastercard.Retry, Failure: mastercard.Failure{
		Source: sourceWorker, Reason: reasonNotSent, Detail: mastercard.DetailNotSent, Message: why.Error(),
	}}
}

// withheld reports whether an answer is that of a call that was not made.
func withheld(answer mastercard.Answer) bool {
	return answer.Failure.Source == sourceWorker && answer.Failure.Reason == reasonNotSent
}
