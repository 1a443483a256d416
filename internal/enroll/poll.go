package enroll

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// pollsAtOnce is how many jobs of a batch are settled beside each other, so that they are committed together.
const pollsAtOnce = 64

// polling is a message that asks for a batch, and what has come of it.
type polling struct {
	delivery

	poll    jobs.Poll
	program Program
	answer  mastercard.BatchStatusAnswer
}

// handlePoll is the way of a message by which the results of a batch are asked for:
//
//	receive → read → admit → ask → settle each job that has its result → ask again for the others
//
// Whatever it dies between, the message comes again, and a result that is seen twice changes nothing.
func (l *lane) handlePoll(taking, work context.Context, msg jetstream.Msg, probe bool) (next decision) {
	w := l.worker
	p := &polling{delivery: w.receive(msg, probe)}

	if panicked := guard.Run(func() { next = l.askAndSettle(taking, work, p) }); panicked != nil {
		w.config.Logger.Error("asking for a batch made the worker panic; it is asked for again later",
			"program", l.Program, "api_batch", p.poll.APIBatch, "type", panicked.Type, "stack", string(panicked.Stack))

		next = back(w.afterDelivery(p.delivered))
	}

	w.acknowledge(msg, next)

	return next
}

func (l *lane) askAndSettle(taking, work context.Context, p *polling) decision {
	w := l.worker

	if next, refused := l.refuses(taking, p.probe); refused {
		return next
	}

	if err := w.readPoll(p); err != nil {
		w.config.Logger.Error("a message that asks for a batch cannot be read; it stays in the queue for another version of the worker",
			"program", l.Program, "message", fmt.Sprintf("%s.%d", p.stream, p.sequence), "error", err)

		return back(w.afterDelivery(p.delivered))
	}

	w.flight.name(p.msg, "batch "+p.poll.APIBatch)

	permit, next, admitted := l.admit(taking, p.probe)
	defer permit.release()

	if !admitted {
		return next
	}

	work, asked := w.tracer.beginPoll(work, p)
	defer asked()

	p.answer = w.askForBatch(work, p, permit)

	w.config.Reached(StepPolled)
	w.react(p.asReading(), p.answer.Answer)

	if withheld(p.answer.Answer) {
		return back(w.jittered(w.config.HandBack))
	}

	waiting := w.settleResults(work, p)

	return w.pollAgain(work, p, waiting)
}

// readPoll reads the message. One of a program that this worker does not know cannot come here: its consumer is the program's.
func (w *Worker) readPoll(p *polling) (err error) {
	p.poll, err = jobs.DecodePoll(p.msg.Data())
	if err != nil {
		return err
	}

	program, known := w.config.Programs[p.poll.Program]
	if !known || p.via != p.poll.Program {
		return fmt.Errorf("its program %s is not that of its subject", p.poll.Program)
	}

	p.program = program
	w.config.Keys().OpenNumbers(p.poll)

	return nil
}

// asReading stands for the poll where a job is expected: it has a program, and no job.
func (p *polling) asReading() *reading {
	job := jobs.Job{ID: "batch " + p.poll.APIBatch, Program: p.poll.Program}

	return &reading{delivery: p.delivery, program: p.program, job: job}
}

// askForBatch makes the call in its turn, and tells the program's pacer what came of it.
func (w *Worker) askForBatch(ctx context.Context, p *polling, permit *permit) mastercard.BatchStatusAnswer {
	result := pace.Ignored
	asking := p.asReading()
	turns := &turns{w: w, r: asking, permit: permit}

	defer func() { turns.call.End(result) }()

	answer := w.api.BatchStatus(ctx, mastercard.BatchStatusRequest{
		Profile: p.program.Profile, DirectoryID: p.program.DirectoryID,
		BatchID: p.poll.APIBatch, SrcClientID: p.program.SrcClientID, ServiceID: p.program.ServiceID, FlowID: p.poll.FlowID,
		Auth: p.program.auth(), Turn: turns.take,
	})

	if turns.withheld != nil {
		return mastercard.BatchStatusAnswer{Answer: notSent(turns.withheld)}
	}

	if answer.Verdict != mastercard.Rejected { // of a question that is refused the jobs are told by their own results
		answer.Answer = w.guarded(asking, answer.Answer)
	}

	result = resultOf(answer.Answer)

	return answer
}

// settleResults settles the jobs that have their result, and returns those that wait for it.
func (w *Worker) settleResults(ctx context.Context, p *polling) (waiting []jobs.SubmittedJob) {
	settled := make([]bool, len(p.poll.Jobs))
	overdue := w.overdue(ctx, p)

	var each errgroup.Group

	each.SetLimit(pollsAtOnce)

	for i, job := range p.poll.Jobs {
		each.Go(guard.Func(func() error {
			settled[i] = w.settleResult(ctx, p, job, overdue)

			return nil
		}))
	}

	if err := each.Wait(); err != nil { // a job made it panic, and waits with the others
		w.config.Logger.Error("a job of a batch could not be settled; it is asked for again",
			"api_batch", p.poll.APIBatch, "error", err)
	}

	for i, job := range p.poll.Jobs {
		if !settled[i] {
			waiting = append(waiting, job)
		}
	}

	return waiting
}

// overdue reports whether the batch has had its time, by Postgres' clock.
func (w *Worker) overdue(ctx context.Context, p *polling) bool {
	passed := func() bool { return w.ledger.Now().Sub(p.poll.SubmittedAt) >= time.Duration(p.program.BatchDeadline) }

	return passed() && w.ledger.ReadClock(ctx) == nil && passed()
}

// pollAgain has the batch asked for again where jobs wait: after each answer later, and not before the API wants to be asked. A
// question that failed says nothing of how long the batch takes.
func (w *Worker) pollAgain(ctx context.Context, p *polling, waiting []jobs.SubmittedJob) decision {
	polls := p.poll.Polls
	verdict := p.answer.Verdict
	answered := verdict == mastercard.Submitted || verdict == mastercard.Completed

	if answered {
		polls++
	}

	after := max(p.answer.RetryAfter, w.jittered(p.program.pollInterval(polls)))

	if !answered {
		w.repeats.note(occurrence{slog.LevelWarn, "asking for a batch failed; it is asked for again", p.program.Name},
			"batch "+p.poll.APIBatch, "source", p.answer.Failure.Source, "reason", p.answer.Failure.Reason,
			"message", p.answer.Failure.Message, "after", after)
	}

	if len(waiting) > 0 {
		again := p.poll
		again.Polls = polls
		again.Jobs = waiting

		if p.answer.FlowID != "" {
			again.FlowID = p.answer.FlowID
		}

		if err := w.schedulePoll(ctx, again, after); err != nil {
			return w.giveUp("scheduling the next question for a batch", err)
		}
	}

	err := w.ledger.SaveAPIPoll(context.WithoutCancel(ctx), p.poll.Program, p.poll.APIBatch, p.answer.Status, after)
	if err != nil {
		logError(w.config.Logger, err)("what the API said of a batch could not be noted; its jobs are right all the same",
			"api_batch", p.poll.APIBatch, "error", err)
	}

	return decision{action: await, probe: probeOf(p.answer.Answer, false)}
}

// pollInterval is the time before the nth question for a batch, counted from zero: twice the one before, up to a quarter of
// an hour.
func (p Program) pollInterval(n int) time.Duration {
	const doublings = 20

	return min(time.Duration(p.BatchPoll)<<min(n, doublings), longestPoll)
}
