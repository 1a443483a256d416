package bulk

import "enroll.example/clicktopay/pkg/jobs"

// draft is a job in the making.
type draft struct {
	job     jobs.Job
	payload jobs.Payload
}

// mobile and address exist only where a cell has something to put into them.

func (d *draft) mobile() *jobs.MobileNumber {
	if d.payload.Consumer.MobileNumber == nil {
		d.payload.Consumer.MobileNumber = new(jobs.MobileNumber)
	}

	return d.payload.Consumer.MobileNumber
}

func (d *draft) address() *jobs.Address {
	if d.payload.Card.BillingAddress == nil {
		d.payload.Card.BillingAddress = new(jobs.Address)
	}

	return d.payload.Card.BillingAddress
}

// twoDigits makes 07 of 7, as spreadsheets drop leading zeros.
func twoDigits(month string) string {
	if len(month) == 1 {
		return "0" + month
	}

	return month
}
