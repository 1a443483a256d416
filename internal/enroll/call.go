package enroll

import (
	"cmp"
	"context"
	"errors"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// call asks the API for what the job wants and commits what came of it.
func (w *Worker) call(ctx context.Context, r reading, claim store.Claim) disposal {
	// A retry takes out the card that its first attempt was for, whatever has been enrolled since.
	r.card.SrcDigitalCardID = cmp.Or(claim.Outcome.SrcDigitalCardID, r.card.SrcDigitalCardID)

	w.config.Reached(StepClaimed)

	release := w.leases.hold(r.record.ID, claim)
	defer release()

	answer := w.askInTurn(ctx, r, claim)

	w.config.Reached(StepCalled)

	finish := decide(answer, claim, r.program, w.config.Jitter()).finish(r.record.ID, claim, r.program, answer)
	finish.SrcDigitalCardID = cmp.Or(finish.SrcDigitalCardID, r.card.SrcDigitalCardID)

	w.react(r, answer)

	finished, err := w.commit(ctx, finish)

	release()

	if err != nil {
		lost := w.unrecorded("recording the answer", r, err)
		lost.probe = probeOf(answer)

		return lost
	}

	if finished.Finished == store.Fenced {
		w.config.Logger.Warn("another worker has taken over the job; our answer is recorded with its attempt only",
			"job", r.record.ID, "attempt", claim.Attempt)

		return theirs()
	}

	w.config.Reached(StepCommitted)

	followed := w.follow(ctx, r, finished)
	followed.probe = probeOf(answer)

	return followed
}

// askInTurn asks, and tells the pacer what came of it, also when that panics. The call's turn is waited for with the
// request in hand: what is done after it delays it, and with it those that were let go at the same time.
func (w *Worker) askInTurn(ctx context.Context, r reading, claim store.Claim) mastercard.Answer {
	pacer, result := w.config.Pacers[r.program.Name], pace.Untold
	ended := func(pace.Result) { pacer.Return() } // of a call whose request could not be made

	defer func() { ended(result) }()

	var withheld error

	answer := w.ask(ctx, r, claim, func(ctx context.Context) error {
		ended, withheld = w.turn(ctx, r)
		return withheld
	})
	if withheld != nil {
		return notSent(withheld)
	}

	answer = w.guarded(r, answer)
	result = resultOf(answer)

	return answer
}

// send sends the request. The flow id of the last answer takes it to the site that gave it.
func (w *Worker) send(ctx context.Context, r reading, claim store.Claim, turn mastercard.Turn) mastercard.Answer {
	if r.job.Unenrolls() {
		request := unenrollRequest(r.program, r.job, r.card, claim.Outcome.SrcFlowID)
		request.Turn = turn

		return w.api.Unenroll(ctx, request)
	}

	request := enrollRequest(r.program, r.job, r.payload, claim.Outcome.SrcFlowID)
	request.Turn = turn

	return w.api.Enroll(ctx, request)
}

// follow does what a committed answer asks for. The row says what that is, not the answer.
func (w *Worker) follow(ctx context.Context, r reading, finished store.FinishResult) disposal {
	switch finished.Outcome.Status {
	case store.StatusPending:
		return back(w.jittered(w.config.HandBack))
	case store.StatusRetrying:
		return w.scheduled(ctx, r, finished.NextAttemptAt, finished.Wait, finished.Outcome.Attempts)
	default:
		return w.conclude(ctx, r, finished.Outcome)
	}
}

// react closes the program's gate when the answer concerns more than this job.
func (w *Worker) react(r reading, answer mastercard.Answer) {
	pacer := w.config.Pacers[r.program.Name]

	switch answer.Verdict {
	case mastercard.Halted:
		if pacer.HaltAdvised(saidOf(answer), answer.Advice) {
			w.config.Logger.Error("HALTED: no job of the program can succeed before this is mended; none is taken, none is charged",
				"program", r.program.Name, "source", answer.Failure.Source, "reason", answer.Failure.Reason,
				"detail", answer.Failure.Detail, "field", answer.Failure.Field, "message", answer.Failure.Message,
				"what_to_do", answer.Advice)
		}
	case mastercard.Throttled:
		if pause := throttlePause(answer); pacer.CoolDown(pause) {
			w.config.Logger.Warn("throttled by the API", "program", r.program.Name, "pause", pause)
			w.config.Throttled(r.program.Name, pause)
		}
	default:
	}
}

// resultOf says what an answer tells about the API's health. A refusal is an answer like any other.
func resultOf(answer mastercard.Answer) pace.Result {
	switch answer.Verdict {
	case mastercard.Throttled, mastercard.Halted:
		return pace.Untold
	case mastercard.Retry, mastercard.Unknown:
		return pace.Failed
	default:
		return pace.Served
	}
}

// probeOf says what an answer tells about a halt or a sick API.
func probeOf(answer mastercard.Answer) pace.Probe {
	switch answer.Verdict {
	case mastercard.Halted:
		return pace.ProbeRefused
	case mastercard.Retry, mastercard.Unknown:
		return pace.ProbeUnanswered
	default: // Throttled as well: our credentials are good, and there is somebody who answers
		return pace.ProbePassed
	}
}

// commit writes an answer down, and does not give up while the worker lives:
// this process alone knows it. A row that Postgres refuses for its content is
// written without the content.
func (w *Worker) commit(ctx context.Context, finish store.FinishRequest) (store.FinishResult, error) {
	// The answer is written even when the call was cut off by the end of the grace period.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitPatience)
	defer cancel()

	backoff := pace.Backoff{Base: commitPause, Cap: commitPauseCap}

	for try := 1; ; try++ {
		finished, err := w.ledger.Finish(ctx, finish)
		if err == nil {
			return finished, nil
		}

		if !store.Retryable(err) && finish.Failure.Message != "" {
			w.config.Logger.Error("Postgres refuses the text of an answer; recording it without", "job", finish.JobID, "error", err)
			finish.Failure = store.Failure{Source: sourceWorker, Reason: reasonUnrecordable}

			continue
		}

		loudly(w.config.Logger, err)("recording an answer failed, trying again",
			"job", finish.JobID, "attempt", finish.Attempt, "error", err)

		select {
		case <-ctx.Done():
			return store.FinishResult{}, errors.Join(err, ctx.Err())
		case <-time.After(backoff.Delay(try, w.config.Jitter())):
		}
	}
}

const (
	// commitPatience is how long a database may be away until the answer of a call is lost.
	commitPatience = time.Minute
	commitPause    = 100 * time.Millisecond
	commitPauseCap = 2 * time.Second
)
