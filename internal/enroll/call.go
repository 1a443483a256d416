package enroll

import (
	"cmp"
	"context"
	"log/slog"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// call asks the API for what the job wants, and tells the program's pacer what the answer says about more than this job.
func (w *Worker) call(ctx context.Context, r *reading, claim store.Claim, permit *permit) mastercard.Answer {
	// A retry takes out the card that its first attempt was for, whatever has been enrolled since.
	r.card.SrcDigitalCardID = cmp.Or(claim.Outcome.SrcDigitalCardID, r.card.SrcDigitalCardID)
	r.card.SrcConsumerID = cmp.Or(claim.Outcome.SrcConsumerID, r.card.SrcConsumerID)

	w.config.Reached(StepClaimed)

	answer := w.askInTurn(ctx, r, claim.Outcome.SrcFlowID, permit)

	w.config.Reached(StepCalled)
	w.react(r, answer)

	return answer
}

// askInTurn asks, and tells the pacer what came of it, also when that panics. The call's turn is waited for with the
// request in hand: what is done after it delays it, and with it those that were let go at the same time.
func (w *Worker) askInTurn(ctx context.Context, r *reading, flowID string, permit *permit) mastercard.Answer {
	result := pace.Ignored
	turns := &turns{w: w, r: r, permit: permit}

	defer func() { turns.call.End(result) }()

	answer := w.ask(ctx, r, flowID, turns)

	switch {
	case turns.withheld != nil:
		return notSent(turns.withheld)
	case withheld(answer): // by what came before the call: that says nothing of the API
		return answer
	}

	answer = w.guarded(r, answer)
	result = resultOf(answer)

	return answer
}

// react closes the program's gate when the answer concerns more than this job.
func (w *Worker) react(r *reading, answer mastercard.Answer) {
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
		pause := throttlePause(answer)
		w.repeats.note(occurrence{slog.LevelWarn, "throttled by the API", r.program.Name}, r.job.ID, "pause", pause)

		if pacer.CoolDown(pause) {
			w.config.Throttled(r.program.Name, pause)
		}
	default:
	}
}

// resultOf says what an answer tells about the API's health. A refusal is an answer like any other.
func resultOf(answer mastercard.Answer) pace.Result {
	switch answer.Verdict {
	case mastercard.Throttled, mastercard.Halted:
		return pace.Ignored
	case mastercard.Retry, mastercard.Unknown:
		return pace.Failed
	default:
		return pace.Succeeded
	}
}

// probeOf says what an answer tells about a halt or a sick API. again: an attempt of the job has failed before.
func probeOf(answer mastercard.Answer, again bool) pace.Probe {
	switch answer.Verdict {
	case mastercard.Halted:
		return pace.ProbeRefused
	case mastercard.Retry, mastercard.Unknown:
		if withheld(answer) {
			return pace.ProbeIdle
		}

		switch {
		case answer.Failure.Source != mastercard.SourceService:
			return pace.ProbeUnanswered
		case again:
			return pace.ProbeFailedAgain
		default:
			return pace.ProbeFailed
		}
	default: // Throttled as well: our credentials are good, and there is somebody who answers
		return pace.ProbePassed
	}
}
