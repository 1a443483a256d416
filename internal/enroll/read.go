package enroll

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Words of this package for the error columns, beside the reasons of pkg/jobs.
const (
	reasonExpired        = "NOT_AFTER"
	reasonReceiptExpired = "RECEIPT_EXPIRED"
	reasonConflict       = "ID_CONFLICT"
	reasonPurged         = "ID_PURGED"
	reasonExhausted      = "ATTEMPTS_EXHAUSTED"
	reasonUnrecordable   = "UNRECORDABLE_ANSWER"
	reasonNoSuchCard     = "CARD_NOT_FOUND"
	reasonNoConsumer     = "CONSUMER_NOT_FOUND"
	reasonManyConsumers  = "TOO_MANY_CONSUMERS"
	reasonSuperseded     = "LATER_CHANGE"
	reasonCanceled       = "CANCELED"
	reasonNotSent        = "CALL_WITHHELD"

	sourceJob      = "job"
	sourceWorker   = "worker"
	sourceOperator = "operator"
)

// reading is what a message says, and the attempt that it has led to.
type reading struct {
	delivery

	job     jobs.Job
	payload jobs.Payload
	// change is what a job that updates seals.
	change jobs.Change
	// card is what a job takes out, or changes, or whose consumer it does; found before the claim.
	card store.EnrolledCard
	// forgotten are the consumers that a job forgets, and forgetting what its attempt has come to.
	forgotten  []store.EnrolledCard
	forgetting forgetting
	program    Program
	// record is what is kept of it, good or bad.
	record store.Job
	// sound: the envelope keeps to the schema, so that it may go to the dead letters as it is.
	sound bool
	// concealed: what is kept of it lacks fields that hold the number of its card.
	concealed bool
	// givenID is the job's id where what is kept of it has another.
	givenID string
	// wrongSubject: the message came by the subject of another program than it names.
	wrongSubject bool
	// body is the message as it came; of one that came wrapped, what was in it, and wrapper is the id of what it came in.
	// wrapped: it cannot be taken out of that here.
	body    []byte
	wrapper string
	wrapped bool
	// noted: a note says that it is being read, to be erased when it is settled.
	noted bool
	// unseen: it ended processes that looked it through, too. noCopy says why no copy of it may be kept, whatever it is.
	unseen bool
	noCopy string
	// unopened: its seal was not opened, and a key beside it may be the number of the card.
	unopened bool
	problem  *jobs.Problem
	// doubtful: it lacks the program's identity of a consumer, and so do most jobs of the program.
	doubtful bool
	// locked says that its seal was not opened, for lack of its key. kept is where its message waits for that, as the
	// queue has it; nil for one that came by itself.
	locked bool
	kept   *jetstream.RawStreamMsg
	// submission is the batch of the API that the job was sent in, and took; nil for none.
	submission *submission
	claim      store.Claim
	// polled is the batch by whose message its result was asked for; "" for a job that came by its own message.
	polled string
	// alone: it is to be sent in a batch of its own, as one that it was in with others was refused.
	alone bool
	// pushed is what a push gave for the token requestor; nil for nothing.
	pushed *jobs.Pushed
	// span is that of the job's way; nil when nothing is traced.
	span trace.Span
	// release ends the lease of its attempt; nil when there is none.
	release func()
}

// hold keeps the attempt ours until unlease.
func (r *reading) hold(leases *leases, claim store.Claim) {
	r.release = leases.hold(r.record.ID, claim)
}

// unlease can be called more than once.
func (r *reading) unlease() {
	if r.release != nil {
		r.release()
		r.release = nil
	}
}

// place is the key of a message that has no id of its own: no id can equal it.
func (r *reading) place() string { return "~" + r.placeName() }

// placeName is where the queue had the message when it first came.
func (r *reading) placeName() string {
	if r.wrapper != "" {
		return r.wrapper
	}

	return r.message()
}

// message names the message by where the queue has it.
func (r *reading) message() string { return fmt.Sprintf("%s.%d", r.stream, r.sequence) }

// read decodes a message and opens its seal. It never fails: what is wrong is in problem.
func (w *Worker) read(ctx context.Context, r *reading) {
	cardLike := w.cardLike(r.msg)
	r.job, r.problem = jobs.Decode(r.body, cardLike...)

	if r.problem == nil && jobs.HoldsMessage(r.job.Sealed) {
		w.unwrap(r, cardLike)
	}

	r.sound = r.problem == nil

	switch {
	case r.sound:
		r.record = w.newRecord(r.job)
		_, r.record.OtherDigests = w.invalidDigests(r.body)
		r.checkProgram(r.msg.Subject(), w.config.Programs)
	case r.wrapped:
		r.program = w.config.Programs[r.job.Program]
	default:
		r.record = w.newInvalidRecord(r)
		w.openInvalid(r)
	}

	if !r.due { // a retry was published by a worker
		r.record.QueuedAt = r.queuedAt
	}

	if open := r.operation().open; r.sound && open != nil {
		open(w, ctx, r)
	}

	if r.problem == nil && r.program.DirectoryID != "" {
		r.problem = r.job.InDirectory(r.change.BillingAddress != nil)
	}

	if !r.due { // the headers of a retry are ours
		r.checkHeaders(jobs.FindCardAround(r.msg.Subject(), r.msg.Headers(), cardLike...))
	}
}

// open opens the seal of a job that enrolls. That of a job of no program of ours is opened as well: what is kept of it depends
// on what is in it.
func (w *Worker) open(ctx context.Context, r *reading) {
	opened, problem := w.config.Keys().Unseal(r.job.Sealed, w.ledger.Now())
	if problem != nil && byClock(problem) && w.ledger.ReadClock(ctx) == nil {
		opened, problem = w.config.Keys().Unseal(r.job.Sealed, w.ledger.Now()) // it may have been set since we knew it
	}

	r.noteSeal(problem)

	known := r.problem
	if known == nil {
		r.payload = opened.Payload
		r.problem = cmp.Or(problem, unbatchable(r.program, opened.Payload), w.unpushable(r.job, opened.Payload))
		w.addCard(&r.record, r.job, r.payload)
	}

	w.identify(r)

	if len(opened.Numbers) == 0 {
		r.unopened = r.unlikeCard()
	}

	r.prefer(problem, r.conceal(opened.Numbers, textsOf(r.job, r.msg, opened.Header)))
}

// noteSeal notes what came of opening a seal.
func (r *reading) noteSeal(p *jobs.Problem) {
	r.locked = r.locked || p != nil && p.Reason == jobs.ReasonUnknownKid
}

// prefer puts first what forbids to keep a copy: a security code, then a number in clear.
func (r *reading) prefer(sealed, clear *jobs.Problem) {
	switch {
	case sealed != nil && mayNotBeKept(sealed.Reason):
		r.problem = sealed
	case clear != nil:
		r.problem = clear
	}
}

// checkProgram finds the configured program; a message that came by another program's subject is refused,
// since permissions to publish are given by subject.
func (r *reading) checkProgram(subject string, programs map[string]Program) {
	if bySubject, ok := jobs.ProgramOf(subject); !ok || bySubject != r.job.Program {
		r.problem = &jobs.Problem{Reason: jobs.ReasonInvalidField, Field: "program", Message: "is not the program of the subject"}
		// Its sender may have no right to the program it names, so neither a letter nor an event is put there.
		r.wrongSubject, r.record.Program = true, bySubject

		return
	}

	program, ok := programs[r.job.Program]
	if !ok {
		r.problem = &jobs.Problem{
			Reason: jobs.ReasonUnknownProgram, Field: "program",
			Message: fmt.Sprintf("%q is not configured at this worker", r.job.Program),
		}

		return
	}

	r.program = program

	if asked := r.job.Asks(); !slices.Contains(program.operations(), asked) {
		r.problem = &jobs.Problem{
			Reason: jobs.ReasonOperationOff, Field: "operation",
			Message: fmt.Sprintf("%s is not among the operations of the program at this worker", asked),
		}
	}
}
