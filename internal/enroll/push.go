package enroll

import (
	"cmp"
	"context"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/receipt"
	"enroll.example/clicktopay/pkg/store"
)

// A job that pushes makes one call, or two for Click to Pay, whose receipt is enrolled at once. The receipt between them is in
// the memory of this process alone: whenever the second call is not made, or has to be made again, the card is pushed again,
// and the receipt that nobody used ends by itself.

// pushAccountID names the one account of a push.
const pushAccountID = "card"

// unpushable refuses a job that pushes what cannot be pushed here.
func (w *Worker) unpushable(job jobs.Job, payload jobs.Payload) *jobs.Problem {
	switch {
	case job.Asks() != jobs.Push:
		return nil
	case payload.Receipt != nil:
		return &jobs.Problem{
			Reason: jobs.ReasonInvalidField, Field: "pushAccountReceipt", Message: "is what a push gives: to push, the card is sealed",
		}
	case w.config.Pusher == nil:
		return &jobs.Problem{
			Reason: jobs.ReasonOperationOff, Field: "operation",
			Message: "is push, and this worker has no address of Token Connect (setting token_connect_url)",
		}
	default:
		return nil
	}
}

// tokenRequestor is who gets the card.
func (r *reading) tokenRequestor() string {
	return cmp.Or(r.job.TokenRequestorID, r.program.TokenRequestorID, mastercard.ClickToPayTokenRequestor)
}

// onlyPushes reports whether the job pushes and enrolls nothing: made twice, it gives two receipts, and does no harm.
func (r *reading) onlyPushes() bool {
	return r.job.Asks() == jobs.Push && r.tokenRequestor() != mastercard.ClickToPayTokenRequestor
}

func (w *Worker) sendPush(ctx context.Context, r *reading, flowID string, turns *turns) mastercard.Answer {
	began := w.ledger.Now()

	told := holder(r.program, r.payload)

	answer := w.config.Pusher.PushMultipleAccounts(ctx, mastercard.PushRequest{
		RequestID:        r.pushRequestID(),
		TokenRequestorID: r.tokenRequestor(),
		Accounts: []mastercard.PushAccount{{
			PushAccountID: pushAccountID,
			Card: mastercard.Card{
				PrimaryAccountNumber: r.payload.Card.PrimaryAccountNumber,
				PanExpirationMonth:   r.payload.Card.PanExpirationMonth,
				PanExpirationYear:    r.payload.Card.PanExpirationYear,
			},
			Holder: told,
		}},
		Signature: supplied(told),
		Turn:      turns.take,
		Auth:      r.program.auth(),
	})

	result, found := answer.Result(pushAccountID)
	if answer.Verdict != mastercard.Pushed || !found || result.Receipt.IsZero() {
		return answer.Answer
	}

	if !r.onlyPushes() {
		turns.answered()
		w.config.Reached(StepPushed)

		return w.enrollPushed(ctx, r, flowID, result.Receipt, turns)
	}

	pushed := jobs.Pushed{
		TokenRequestorID: r.tokenRequestor(), Receipt: result.Receipt, Signature: answer.Signature.Reveal(),
		// Not later than the receipt ends: it was given after the call began.
		ValidUntil: began.Add(receipt.DefaultValidity).UTC().Truncate(time.Second),
	}
	for _, method := range answer.PushMethods {
		pushed.PushMethods = append(pushed.PushMethods, jobs.PushMethod(method))
	}

	r.pushed = &pushed

	return answer.Answer
}

// supplied has the API tell the token requestor that it was given data of the holder, where it was.
func supplied(told *mastercard.AccountHolder) *mastercard.PushSignatureData {
	if told == nil {
		return nil
	}

	return &mastercard.PushSignatureData{AccountHolderDataSupplied: true}
}

// enrollPushed enrolls a receipt.
func (w *Worker) enrollPushed(
	ctx context.Context, r *reading, flowID string, given receipt.Receipt, turns *turns,
) mastercard.Answer {
	request := enrollRequest(r.program, r.job, r.payload, flowID)
	request.Card, request.Receipt, request.Turn = mastercard.Card{}, given, turns.take

	return w.api.Enroll(ctx, request)
}

// pushRequestID names the request: the job's id, which the API need not know the whole of.
func (r *reading) pushRequestID() string {
	const most = 64

	return r.record.ID[:min(len(r.record.ID), most)]
}

// pushed is what is to be announced of a job that has pushed, nil for nothing. What cannot be opened here, as its key is gone, is
// announced without: its receipt has long ended.
func (w *Worker) pushed(outcome store.Outcome) *jobs.Pushed {
	if outcome.SealedResult == "" {
		return nil
	}

	pushed, problem := w.config.Keys().OpenPushed(outcome.SealedResult)
	if problem != nil {
		w.config.Logger.Warn("a receipt cannot be announced: it is sealed for a key that this worker does not have",
			"job", outcome.JobID)

		return nil
	}

	return &pushed
}
