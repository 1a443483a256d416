package enroll

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// errNotAsked is why a member of a group has no answer: what its leader does has panicked.
var errNotAsked = errors.New("the batch that the job was to be sent in could not be sent")

// submit sends a claimed job in one call with others, and returns its answer: Submitted, or what the call failed with. All
// members of a group come here; the first one sends.
func (w *Worker) submit(taking, work context.Context, r *reading, claim store.Claim) mastercard.Answer {
	w.config.Reached(StepClaimed)
	r.claim = claim

	gatherer := w.gathers[r.program.Name]
	m, leads := gatherer.join(r, claim)

	if leads {
		defer close(m.group.done) // also when it panics: the others have no answer then
		w.submitAll(work, gatherer.gathered(m.group, taking.Done()))
	} else {
		<-m.group.done
	}

	w.config.Reached(StepCalled)

	return m.answer
}

// submitAll sends jobs in one call, and gives each its answer. When the API refuses them together, each half is sent by
// itself, and so on: the one job that is refused alone is the one that was at fault. What is refused was not processed, so
// that it is the same attempt.
func (w *Worker) submitAll(ctx context.Context, members []*groupMember) {
	first := members[0].r

	if _, closed := w.config.Pacers[first.program.Name].Closed(); closed && !first.probe {
		giveAll(members, notSent(errStopped)) // a half of what was sent before has closed it
		return
	}

	ctx, sent := w.tracer.together(ctx, members)
	defer sent()

	answer := w.askForAll(ctx, members)

	if len(members) > 1 && divisible(answer.Answer) {
		w.repeats.note(occurrence{slog.LevelWarn, "the API has refused a batch as a whole; its halves are sent by themselves",
			first.program.Name}, first.job.ID, "records", len(members), "reason", answer.Failure.Reason, "detail", answer.Failure.Detail,
			"field", answer.Failure.Field, "message", answer.Failure.Message)

		half := len(members) / 2 //nolint:mnd // two halves
		w.submitAll(ctx, members[:half])
		w.submitAll(ctx, members[half:])

		return
	}

	if len(members) == 1 || answer.Verdict != mastercard.Rejected {
		answer.Answer = w.guarded(first, answer.Answer)
	}

	w.react(first, answer.Answer)

	if answer.Verdict == mastercard.Submitted {
		w.submitted(ctx, members, answer)
	}

	giveAll(members, answer.Answer)
}

// divisible reports whether the fault of a batch may be in one of its records. Nothing of the batch was processed.
func divisible(answer mastercard.Answer) bool { return answer.Verdict == mastercard.Rejected }

func giveAll(members []*groupMember, answer mastercard.Answer) {
	for _, m := range members {
		m.answer = answer
	}
}

// askForAll makes the call in its turn, and tells the program's pacer what came of it.
func (w *Worker) askForAll(ctx context.Context, members []*groupMember) mastercard.BatchAnswer {
	result := pace.Ignored
	turns := &turns{w: w, r: members[0].r}

	defer func() { turns.call.End(result) }()

	request := batchRequest(members)
	request.Turn = turns.take

	answer := w.api.EnrollBatch(ctx, request)
	if turns.withheld != nil {
		return mastercard.BatchAnswer{Answer: notSent(turns.withheld)}
	}

	result = resultOf(answer.Answer)

	return answer
}

// batchRequest writes jobs in the API's terms.
func batchRequest(members []*groupMember) mastercard.BatchRequest {
	program := members[0].r.program
	request := mastercard.BatchRequest{
		Profile: program.Profile, DirectoryID: program.DirectoryID,
		SrcClientID: program.SrcClientID, ServiceID: program.ServiceID, Auth: program.auth(),
		ExternalBatchID: rand.Text(), // of this call: what a second one of the same name does is not known
	}

	for _, m := range members {
		one := enrollRequest(program, m.r.job, m.r.payload, "")
		id := m.r.recordID()

		request.Records = append(request.Records, mastercard.BatchRecord{
			ExternalConsumerID: id.consumer, ExternalCardID: id.card,
			CardSource: one.CardSource, Card: one.Card, Consumer: one.Consumer, Compliance: one.Compliance,
		})
	}

	return request
}

// submitted notes that the API has taken a batch. When Postgres is away the jobs' own rows will say so all the same.
func (w *Worker) submitted(ctx context.Context, members []*groupMember, answer mastercard.BatchAnswer) {
	program := members[0].r.program

	at, err := w.ledger.SaveAPIBatch(context.WithoutCancel(ctx), store.APIBatch{
		Program: program.Name, ID: answer.BatchID, Worker: w.config.Name, Records: len(members),
	}, time.Duration(program.BatchPoll))
	if err != nil {
		logError(w.config.Logger, err)("a batch that the API has taken could not be noted; its jobs will name it",
			"program", program.Name, "api_batch", answer.BatchID, "records", len(members), "error", err)

		at = w.ledger.Now()
	}

	w.config.Logger.Debug("the API has taken a batch", "program", program.Name, "api_batch", answer.BatchID, "records", len(members))

	s := newSubmission(program, answer, at, len(members))
	s.trace = trace.SpanContextFromContext(ctx)

	for _, m := range members {
		m.r.submission = s
	}
}

// resultDue is when a submitted job should have its result at the latest: the workers end it at the deadline, and look for one
// whose message the queue has lost some time after that.
func (p Program) resultDue() time.Duration {
	return time.Duration(p.BatchDeadline) + 2*longestPoll
}

// longestPoll is the longest time between two questions for the same batch.
const longestPoll = 15 * time.Minute

func (s *submission) String() string { return fmt.Sprintf("batch %s of the API", s.apiBatch) }
