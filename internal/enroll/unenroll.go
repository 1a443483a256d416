package enroll

import (
	"context"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// findCard finds the card that a job takes out: the one it names, or the one enrolled last for the issuer's own key. When there
// is none the job ends without a call.
func (w *Worker) findCard(ctx context.Context, r *reading) (next decision, decided bool) {
	if r.job.SrcDigitalCardID != "" {
		r.card.SrcDigitalCardID = r.job.SrcDigitalCardID
		return decision{}, false
	}

	if r.program.DirectoryID != "" { // there, the issuer's own keys name it
		return decision{}, false
	}

	card, found, err := w.ledger.FindCard(ctx, r.job.Program, r.job.ExternalCardID)

	switch {
	case err != nil:
		return w.storeFailed("looking the card up", r, err), true
	case !found:
		return ended(r, store.StatusNotEnrolled, store.Failure{
			Source: sourceJob, Reason: reasonNoSuchCard, Field: "external_card_id",
			Message: "is not the key of a card that was enrolled through this queue; name the card by src_digital_card_id",
		}), true
	}

	r.card = card

	return decision{}, false
}

// unenrollRequest writes a job in the API's terms. The flow id of the card's
// enrollment takes the first call to the site that enrolled it.
func unenrollRequest(program Program, job jobs.Job, card store.EnrolledCard, flowID string) mastercard.UnenrollRequest {
	if flowID == "" {
		flowID = card.SrcFlowID
	}

	return mastercard.UnenrollRequest{
		Profile:            program.Profile,
		DirectoryID:        program.DirectoryID,
		ExternalConsumerID: program.ownKey(job.ExternalConsumerID),
		ExternalCardID:     program.ownKey(job.ExternalCardID),
		SrcDigitalCardID:   card.SrcDigitalCardID,
		SrcClientID:        program.SrcClientID,
		ServiceID:          program.ServiceID,
		Reason:             mastercard.DeleteReason(job.UnenrollReason),
		Requestor:          requestor,
		FlowID:             flowID,
		Auth:               program.auth(),
	}
}

// requestor is who asks: the jobs are the issuer's.
const requestor mastercard.DeleteRequestor = "ISSUER"

// ReadRequest asks for the card of a job's row.
func (p Program) ReadRequest(row store.Row) mastercard.ReadRequest {
	return mastercard.ReadRequest{
		Profile:            p.Profile,
		DirectoryID:        p.DirectoryID,
		ExternalConsumerID: p.ownKey(row.ExternalConsumerID),
		ExternalCardID:     p.ownKey(row.ExternalCardID),
		SrcDigitalCardID:   row.SrcDigitalCardID,
		SrcClientID:        p.SrcClientID,
		ServiceID:          p.ServiceID,
		Auth:               p.auth(),
	}
}
