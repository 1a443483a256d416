package enroll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// A job that forgets a consumer by the issuer's own key is one attempt of as many calls as the API has told ids of theirs: cards
// that were enrolled with other contact data have another one. Each attempt calls for all of them. One that was deleted before
// is not found, which is as good: so nothing has to be remembered between two calls, and a death there costs a call that finds
// nobody.

// findForgotten finds the consumers that a job forgets: the one it names, or all of the issuer's own key.
func (w *Worker) findForgotten(ctx context.Context, r *reading) (next decision, decided bool) {
	if !r.forgetsByOwnKey() {
		r.forgotten = []store.EnrolledCard{{SrcConsumerID: r.job.SrcConsumerID}}
	} else {
		found, err := w.consumersOf(ctx, r)

		switch {
		case err != nil:
			return w.storeFailed("looking the consumer up", r, err), true
		case len(found) == 0:
			return nobodyToForget(r), true
		case len(found) > store.MostConsumers:
			return w.decideInvalid(r, store.Failure{
				Source: sourceJob, Reason: reasonManyConsumers, Field: jobs.FieldExternalConsumerID,
				Message: fmt.Sprintf("leads to more than %d consumers of Mastercard's, so that it is hardly the key of one; none was "+
					"forgotten; name each by src_consumer_id", store.MostConsumers),
			}), true
		}

		r.forgotten = found
	}

	last := r.forgotten[len(r.forgotten)-1]
	r.card = store.EnrolledCard{SrcConsumerID: last.SrcConsumerID, SrcFlowID: last.SrcFlowID}
	r.changes("consumer", r.card.SrcConsumerID, r.job.ExternalConsumerID)

	return decision{}, false
}

// forgetsByOwnKey reports whether the job forgets all consumers of the issuer's own key.
func (r *reading) forgetsByOwnKey() bool {
	return r.job.SrcConsumerID == "" && r.program.DirectoryID == ""
}

// consumersOf are the consumers that the issuer's own key leads to. The one enrolled last is called for last.
func (w *Worker) consumersOf(ctx context.Context, r *reading) ([]store.EnrolledCard, error) {
	found, err := w.ledger.FindConsumers(ctx, r.job.Program, r.job.ExternalConsumerID)
	slices.Reverse(found)

	return found, err
}

// nobodyToForget ends a job for whose key no enrollment has told a consumer, unless one is under way, or has ended meanwhile.
func nobodyToForget(r *reading) decision {
	next := unknownConsumer(r)
	next.end.Nobody = true

	return next
}

// sendForget calls for each consumer. It goes on after a refusal, which may be about one of them alone, and stops at what the
// next would meet as well.
func (w *Worker) sendForget(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	if err := w.findAgain(ctx, r); err != nil {
		return notSent(err)
	}

	var last, refused mastercard.Answer

	for i, who := range r.forgotten {
		if i > 0 {
			turns.answered()
			w.config.Reached(StepForgotten)
		}

		answer := w.forgetOne(ctx, r, who, flowID, turns)

		switch {
		case answer.Verdict == mastercard.Forgotten:
			r.forgetting.deleted, r.forgetting.gone = true, r.forgetting.gone+1
			last = answer
		case answer.Verdict == mastercard.NotEnrolled:
			r.forgetting.gone++

			if !r.forgetting.deleted {
				last = answer
			}
		case answer.Verdict == mastercard.Rejected:
			refused = answer
		default:
			return answer
		}
	}

	if refused.Verdict != "" {
		return refused
	}

	return last
}

// findAgain looks up once more whom the issuer's own key leads to: since the claim no enrollment of theirs is under way.
func (w *Worker) findAgain(ctx context.Context, r *reading) error {
	if !r.forgetsByOwnKey() {
		return nil
	}

	found, err := w.consumersOf(ctx, r)

	switch {
	case err != nil:
		return err
	case len(found) > store.MostConsumers:
		return errManyMeanwhile // the next delivery ends the job
	case len(found) > 0:
		r.forgotten = found
	}

	return nil
}

var errManyMeanwhile = errors.New("the key has come to lead to more consumers than one job forgets")

// forgetOne makes a call. The site that has enrolled a consumer knows them best.
func (w *Worker) forgetOne(
	ctx context.Context, r *reading, who store.EnrolledCard, flowID string, turns *turns,
) mastercard.Answer {
	if len(r.forgotten) > 1 {
		flowID = who.SrcFlowID
	}

	return w.api.Forget(ctx, mastercard.ForgetRequest{
		Profile: r.program.Profile, SrcClientID: r.program.SrcClientID, ServiceID: r.program.ServiceID, Auth: r.program.auth(),
		DirectoryID:        r.program.DirectoryID,
		ExternalConsumerID: r.program.ownKey(r.job.ExternalConsumerID),
		SrcConsumerID:      who.SrcConsumerID,
		FlowID:             cmp.Or(flowID, who.SrcFlowID), Turn: turns.take,
	})
}

// forgetting is what an attempt that forgets has come to so far.
type forgetting struct {
	deleted bool // one consumer at least, by this attempt
	gone    int  // consumers who are not there any more
}

// finish adds that to the record of the attempt. One that has deleted somebody and is to be made again says so itself: the next
// may find nobody, and the job is forgotten all the same.
func (f forgetting) finish(r store.FinishRequest) store.FinishRequest {
	r.Consumers = f.gone

	if f.deleted && !r.Status.Final() && r.Verdict != string(mastercard.Unknown) {
		r.Verdict = string(mastercard.Forgotten)
	}

	return r
}
