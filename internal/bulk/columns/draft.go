package columns

import "enroll.example/clicktopay/pkg/jobs"

// Draft is a job that is being built from the values of a row.
type Draft struct {
	Job     jobs.Job
	Payload jobs.Payload
}

// mobile and address exist only where a cell has something to put into them.

func (d *Draft) mobile() *jobs.MobileNumber {
	if d.Payload.Consumer.MobileNumber == nil {
		d.Payload.Consumer.MobileNumber = new(jobs.MobileNumber)
	}

	return d.Payload.Consumer.MobileNumber
}

func (d *Draft) address() *jobs.Address {
	if d.Payload.Card.BillingAddress == nil {
		d.Payload.Card.BillingAddress = new(jobs.Address)
	}

	return d.Payload.Card.BillingAddress
}

// twoDigits makes 07 of 7, as spreadsheets drop leading zeros.
func twoDigits(month string) string {
	if len(month) == 1 {
		return "0" + month
	}

	return month
}
