package results

import (
	"fmt"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// advice says what can be done about a row.
type advice struct {
	progress store.Progress
	verdicts *mastercard.VerdictTable
	redrive  string // the command that brings back what was given up; empty: the one for the batch
}

// Advise says what can be done about one job, by the verdict table in use. Progress is that of its batch, and empty where it has
// none or that is not known.
func Advise(progress store.Progress, verdicts *mastercard.VerdictTable, job store.Row) string {
	line := Line{Status: string(job.Status), JobID: job.JobID}
	text := advice{progress: progress, verdicts: verdicts, redrive: "submit redrive --job " + job.JobID + "."}.on(line, job)

	if progress.Batch.Source == "" { // it came as a message, and is no row of a file
		text = strings.ReplaceAll(text, anew, "publish it under another id.")
	}

	return text
}

// AdviseAll says what can be done about all jobs that failed like one.
func AdviseAll(verdicts *mastercard.VerdictTable, job store.Row) string {
	redrive := fmt.Sprintf("submit redrive --code %s --program %s.", job.Failure.Reason, job.Program)
	one := advice{verdicts: verdicts, redrive: redrive}

	switch job.Status {
	case store.StatusRetrying:
		return "Nothing to do: they are tried again. If it goes on, see how the API stands: submit status."
	case store.StatusInDoubt:
		return "Look each card up, then: submit resolve JOB_ID --as enrolled or not-enrolled, or resend."
	default:
		text := one.on(Line{Status: string(job.Status)}, job)

		return strings.ReplaceAll(text, anew, "submit the rows in another file, under another batch.")
	}
}

const (
	nothing = "Nothing to do."
	anew    = "submit the row in another file, under another batch."
)

// on returns the advice on a line, and the job it was made from if there is one.
func (a advice) on(l Line, job store.Row) string {
	switch store.Status(l.Status) {
	case StatusQueued:
		return a.onQueued()
	case StatusNotSent:
		return "Correct what is named and " + anew
	case store.StatusInProgress:
		return "Nothing to do: it is being called now."
	case store.StatusPending:
		return a.onPending(job)
	case store.StatusRetrying:
		return fmt.Sprintf("Nothing to do: it is tried again, not before %s.", job.NextAttemptAt.Format(time.RFC3339))
	case store.StatusSubmitted:
		return fmt.Sprintf("Nothing to do: Mastercard has it in batch %s, and is asked for the result.", job.APIBatchID)
	case store.StatusInDoubt:
		return a.onDoubt(l)
	case store.StatusRejected:
		return a.onRejected(job)
	case store.StatusInvalid:
		return onInvalid(job)
	case store.StatusExpired:
		return "It was not sent in time: " + anew
	case store.StatusConflict:
		return "The id of its job was used for another card before, so it was not sent: " + anew
	case store.StatusDead:
		return a.onDead(job)
	case store.StatusCanceled:
		return onCanceled(job) + " If it is to be sent after all, " + anew
	case store.StatusPurged:
		return "Nothing to do: it had its outcome, and what was kept of it was purged."
	default:
		return nothing
	}
}

// onPending tells a job that waits for a worker from one that was handed back because the program was halted: there is something
// to do about the halt, though not about the job.
func (a advice) onPending(job store.Row) string {
	if job.Failure.Reason == "" {
		return "Nothing to do: it was handed back and waits for a worker (see: submit status)."
	}

	cause := "see the message and the workers' logs."
	if row, ok := a.find(job, mastercard.Halted); ok {
		cause = row.Advice
	}

	return "The program was halted, and the job waits uncharged: " + cause +
		" Workers try one job now and then, and go on by themselves when the cause is gone (see: submit status)."
}

func (a advice) onQueued() string {
	switch {
	case !a.progress.Batch.Canceled.At.IsZero() && a.progress.Batch.CompletedAt.IsZero():
		return "The batch was canceled: it was not sent, or it ends as canceled when a worker takes it. " +
			"If it is to be sent after all, " + anew
	case !a.progress.Batch.Canceled.At.IsZero():
		return "Nothing to do: it ends as canceled when a worker takes it."
	case a.progress.Batch.CompletedAt.IsZero():
		return "The file was not read to its end: submit it again under the same batch, which sends what is missing and nothing twice."
	default:
		return "Nothing to do: it waits for a worker (see: submit status)."
	}
}

func (a advice) onDoubt(l Line) string {
	resolve := "Look the card up, then: submit resolve " + l.JobID + " --as enrolled or not-enrolled"
	if a.progress.Batch.Canceled.At.IsZero() {
		resolve += ", or resend"
	}

	return resolve + "."
}

func (a advice) onRejected(job store.Row) string {
	if job.Failure.Source == "operator" {
		return nothing
	}

	row, ok := a.find(job, mastercard.Rejected)
	if !ok {
		return "See the message; ask Mastercard, giving it and the correlation id."
	}

	return row.Advice
}

// onDead tells a job that was surely not processed from one that may have been.
func (a advice) onDead(job store.Row) string {
	redrive := "submit redrive --batch " + a.progress.Batch.ID + "."
	if a.redrive != "" {
		redrive = a.redrive
	}

	row, ok := a.find(job, mastercard.Retry, mastercard.Throttled, mastercard.Unknown)

	switch {
	case job.Failure.Reason == "MESSAGE_LOST":
		return "The queue has lost its message: " + anew
	case !ok || row.Verdict == mastercard.Unknown:
		return "It was given up, and its last call may have been processed: look the card up, then: " + redrive
	default:
		return "It was given up. When the cause is gone: " + redrive
	}
}

func (a advice) find(job store.Row, verdicts ...mastercard.Verdict) (mastercard.VerdictRow, bool) {
	return a.verdicts.Find(mastercard.Operation(job.Operation), job.HTTPStatus, mastercard.Failure(job.Failure), verdicts...)
}

func onCanceled(job store.Row) string {
	if job.Attempts > 0 {
		return "The batch was canceled; it had been called before, and was not processed."
	}

	return "The batch was canceled, so it was not sent."
}

// onInvalid tells what is wrong with the job from what is wrong with the workers.
func onInvalid(job store.Row) string {
	switch job.Failure.Reason {
	case "OPERATION_OFF":
		return "Add the operation to the program's operations at the workers, then: submit redrive --code OPERATION_OFF."
	case "UNKNOWN_PROGRAM":
		return "Configure the program at the workers, then: submit redrive --code UNKNOWN_PROGRAM."
	case "UNKNOWN_KID":
		return "Give the workers the intake key by which it was sealed, then: submit redrive --code UNKNOWN_KID."
	case "NO_IDENTITY":
		return "Have it sent with the job, or correct consumer_identity of the program, then: submit redrive --code NO_IDENTITY."
	case "WORKER_PANIC":
		return "The worker's log has the place where it panicked: with a worker that is mended, submit redrive --code WORKER_PANIC."
	case "WORKER_CRASH":
		return "Workers ended while they read it: look for the cause in their logs, then publish the job again."
	default:
		return "Correct the field that is named and " + anew
	}
}
