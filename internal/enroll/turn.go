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
// asked again: the job would be sent after a halt, or after its not_after. ended is told what came of the call.
func (w *Worker) turn(ctx context.Context, r *reading) (ended func(pace.Result), withheld error) {
	longest := max(turnPatience*w.config.HandBack, leastTurn)

	bounded, cancel := context.WithTimeout(ctx, longest)
	defer cancel()

	pacer, began := w.config.Pacers[r.program.Name], w.config.Now()
	ended = pacer.Call(bounded)

	switch {
	case ctx.Err() != nil:
		return ended, ctx.Err()
	case bounded.Err() != nil:
		return ended, fmt.Errorf("%w: %s", errNoTurn, longest)
	case w.config.Now().Sub(began) < longest/fresh:
		return ended, nil
	case w.expired(ctx, r):
		return ended, errTooLate
	}

	if _, closed := pacer.Closed(); closed && !r.probe {
		return ended, errStopped
	}

	return ended, nil
}

// anotherTurn waits until another call of an attempt may be made, for the agreed rate and for its place among those that run. It
// has left that of the call before, so that jobs that wait do not hold up each other. What was asked before the attempt is not
// asked again: half of it is done.
func (w *Worker) anotherTurn(ctx context.Context, r *reading) (ended func(pace.Result), withheld error) {
	bounded, cancel := context.WithTimeout(ctx, max(turnPatience*w.config.HandBack, leastTurn))
	defer cancel()

	ended = w.config.Pacers[r.program.Name].Call(bounded)
	if err := bounded.Err(); err != nil {
		return ended, fmt.Errorf("%w: %w", errNoTurn, err)
	}

	return ended, nil
}

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
