package enroll

import (
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/receipt"
)

// notAfter is the time past which the job is not sent: the one that it gives, or the end of the receipt that stands for its card,
// whichever comes first. Zero for none.
func (r *reading) notAfter() time.Time {
	if r.receiptEndsFirst() {
		return r.payload.Receipt.End()
	}

	return r.job.NotAfter
}

// receiptEndsFirst reports whether the job's receipt ends before its not_after.
func (r *reading) receiptEndsFirst() bool {
	return r.payload.Receipt != nil && (r.job.NotAfter.IsZero() || r.payload.Receipt.End().Before(r.job.NotAfter))
}

// receiptOf is the receipt that stands for the card; zero where the job has the card.
func receiptOf(payload jobs.Payload) receipt.Receipt {
	if payload.Receipt == nil {
		return receipt.Receipt{}
	}

	return payload.Receipt.Receipt
}

// byClock reports whether a payload may be found good when the clock is read anew.
func byClock(problem *jobs.Problem) bool {
	return problem.Reason == jobs.ReasonExpiredCard || problem.Field == "pushAccountReceipt.issuedAt"
}
