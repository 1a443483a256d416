package enroll

import (
	"cmp"
	"fmt"
	"log/slog"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

const (
	adviceAlike = "Nearly all jobs are rejected for this, and it is not about their cards: correct the cause. If the rejections " +
		"are right, say about_card yes of the reason in a row of the verdicts file, or set --guard-window. "
	adviceObstacle = "No call gets an answer of the API: correct what is named. "
)

// guarded looks at an answer beside those before it. Where the cause cannot be in the
// job, the answer is a halt instead: the job goes back uncharged.
func (w *Worker) guarded(r *reading, answer mastercard.Answer) mastercard.Answer {
	guard := w.config.Pacers[r.program.Name].Guard

	switch answer.Verdict {
	case mastercard.Enrolled, mastercard.AlreadyEnrolled, mastercard.Unenrolled, mastercard.NotEnrolled,
		mastercard.Updated, mastercard.Forgotten, mastercard.Pushed, mastercard.Rejected:
		if answer.Failure.Source != mastercard.SourceClient {
			guard.Answered()
		}

		return guardedRejection(guard, answer)
	case mastercard.Retry, mastercard.Unknown:
		if answer.Obstacle != "" {
			return w.obstructed(guard, r, answer)
		}

		guard.Failed(saidOf(answer))
	default: // our credentials are refused, or the API wants a pause: neither tells of the others
	}

	return answer
}

// guardedRejection halts when nearly all jobs end in the same way, and not for their cards.
func guardedRejection(guard *pace.Guard, answer mastercard.Answer) mastercard.Answer {
	if answer.AboutCard || answer.Failure == (mastercard.Failure{}) {
		guard.Passed()
		return answer
	}

	failure := answer.Failure

	alike, of, stop := guard.Rejected(failure.Source + "/" + failure.Reason + "/" + failure.Detail)
	if !stop {
		return answer
	}

	answer.Verdict = mastercard.Halted
	answer.Failure.Message = fmt.Sprintf("%d of the last %d jobs were rejected for %s, which is not about the card: %s",
		alike, of, cmp.Or(failure.Detail, failure.Reason), cmp.Or(failure.Message, failure.Field))
	answer.Advice = adviceAlike + answer.Advice

	return answer
}

// obstructed halts when one call after the other meets something else than the API. One
// that may have been processed stays unknown all the same.
func (w *Worker) obstructed(guard *pace.Guard, r *reading, answer mastercard.Answer) mastercard.Answer {
	said := saidOf(answer)
	inARow, stop := guard.Obstructed(said)

	if inARow == 1 {
		w.repeats.note(occurrence{slog.LevelWarn, "a call got no answer of the API; the program halts when this goes on",
			r.program.Name}, r.job.ID, "reason", said, "what_to_do", answer.Advice)
	}

	if !stop {
		return answer
	}

	halt := answer
	halt.Verdict = mastercard.Halted
	halt.Failure.Message = fmt.Sprintf("%d calls in a row got no answer of the API, the last: %s", inARow, textOf(answer))
	halt.Advice = adviceObstacle + answer.Advice
	halt.FirstLine = "" // it is in the message

	if answer.Verdict == mastercard.Unknown {
		w.react(r, halt)
		return answer
	}

	return halt
}

// saidOf is what a call that failed came to, in a line.
func saidOf(answer mastercard.Answer) string {
	return answer.Failure.Reason + ": " + textOf(answer)
}

func textOf(answer mastercard.Answer) string {
	return cmp.Or(answer.FirstLine, answer.Failure.Message, answer.Failure.Detail)
}

// neverLeft: the API has not seen the request, so it says nothing of the job.
func neverLeft(answer mastercard.Answer) bool {
	source := answer.Failure.Source

	return (source == mastercard.SourceNetwork || source == mastercard.SourceAuthServer) &&
		answer.Failure.Detail == mastercard.DetailNotSent
}

// retryUncharged tries a job again that never left, which is not its fault. The pause
// grows with the attempts all the same, as nothing else bounds their number.
func retryUncharged(claim store.Claim, program Program, jitter float64) state {
	return state{status: store.StatusRetrying, after: program.Backoff.Delay(claim.Attempt, jitter), refund: true}
}
