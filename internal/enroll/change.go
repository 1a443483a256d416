package enroll

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// openChange opens the seal of a job that updates.
func (w *Worker) openChange(_ context.Context, r *reading) {
	opened, problem := w.config.Keys().UnsealChange(r.job.Sealed)
	r.noteSeal(problem)

	if r.problem == nil {
		r.change, r.problem = opened.Change, problem
	}

	if problem == nil {
		r.problem = cmp.Or(r.problem, opened.Change.Fits(r.job))
		w.addContent(&r.record, append(envelopeOf(r.job), opened.Change.Reveal()...))
	} else if len(opened.Numbers) == 0 {
		r.unopened = r.unlikeCard()
	}

	r.prefer(problem, r.conceal(opened.Numbers, textsOf(r.job, r.msg, opened.Header)))
}

// findChanged finds the card or the consumer that a job updates.
func (w *Worker) findChanged(ctx context.Context, r *reading) (next decision, decided bool) {
	if r.change.OfConsumer() {
		return w.findConsumer(ctx, r)
	}

	if next, decided = w.findCard(ctx, r); !decided {
		r.changes("card", r.card.SrcDigitalCardID, r.job.ExternalConsumerID, r.job.ExternalCardID)
	}

	return next, decided
}

// findConsumer finds the consumer that a job updates: the one it names, or of whom a card was enrolled last for the issuer's own
// key.
func (w *Worker) findConsumer(ctx context.Context, r *reading) (next decision, decided bool) {
	r.card.SrcConsumerID = r.job.SrcConsumerID

	if r.card.SrcConsumerID == "" && r.program.DirectoryID == "" {
		card, found, err := w.ledger.FindConsumer(ctx, r.job.Program, r.job.ExternalConsumerID)

		switch {
		case err != nil:
			return w.storeFailed("looking the consumer up", r, err), true
		case !found:
			return unknownConsumer(r), true
		}

		r.card = store.EnrolledCard{SrcConsumerID: card.SrcConsumerID, SrcFlowID: card.SrcFlowID}
	}

	r.changes("consumer", r.card.SrcConsumerID, r.job.ExternalConsumerID)

	return decision{}, false
}

func unknownConsumer(r *reading) decision {
	return ended(r, store.StatusNotEnrolled, store.Failure{
		Source: sourceJob, Reason: reasonNoConsumer, Field: jobs.FieldExternalConsumerID,
		Message: "is not the key of a consumer whose id the enrollment of a card told; name the consumer by src_consumer_id",
	})
}

// changes notes what the job changes: two jobs that change the same are called one after the other. In a directory the issuer's
// own keys say what that is, else Mastercard's id.
func (r *reading) changes(what, id string, own ...string) {
	r.record.QueuedAt = r.queuedAt
	r.record.Subject = what + "/" + id

	if r.program.DirectoryID == "" || id != "" {
		return
	}

	var keys []byte
	for _, key := range own {
		keys = strconv.AppendQuote(keys, key)
	}

	sum := sha256.Sum256(keys) // the keys stand in their own columns, and need no place more
	r.record.Subject = what + " in directory/" + hex.EncodeToString(sum[:])
}

func (w *Worker) sendUpdate(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	flowID = cmp.Or(flowID, r.card.SrcFlowID)

	if !r.change.OfConsumer() {
		return w.api.UpdateCard(ctx, mastercard.UpdateCardRequest{
			Profile: r.program.Profile, SrcClientID: r.program.SrcClientID, ServiceID: r.program.ServiceID, Auth: r.program.auth(),
			DirectoryID:        r.program.DirectoryID,
			ExternalConsumerID: r.program.ownKey(r.job.ExternalConsumerID),
			ExternalCardID:     r.program.ownKey(r.job.ExternalCardID),
			SrcDigitalCardID:   r.card.SrcDigitalCardID,
			BillingAddress:     *address(r.change.BillingAddress),
			FlowID:             flowID, Turn: turns.take,
		})
	}

	contact := r.change.Consumer

	return w.api.UpdateConsumer(ctx, mastercard.UpdateConsumerRequest{
		Profile: r.program.Profile, SrcClientID: r.program.SrcClientID, ServiceID: r.program.ServiceID, Auth: r.program.auth(),
		DirectoryID:        r.program.DirectoryID,
		ExternalConsumerID: r.program.ownKey(r.job.ExternalConsumerID),
		SrcConsumerID:      r.card.SrcConsumerID,
		Consumer: mastercard.Consumer{
			EmailAddress: contact.EmailAddress, MobileNumber: mobile(contact.MobileNumber),
			FirstName: contact.FirstName, LastName: contact.LastName, FullName: contact.FullName,
			CountryCode: contact.CountryCode, LanguageCode: contact.LanguageCode,
		},
		FlowID: flowID, Turn: turns.take,
	})
}
