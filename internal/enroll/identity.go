package enroll

import (
	"enroll.example/clicktopay/pkg/jobs"
)

// identify looks for the identity by which the program tells its consumers apart. A job that lacks it may be wrong, or the
// program's setting consumer_identity is, and with it every job of the program. The jobs before it tell: it is the job's own
// fault when at least half of them have that identity. Else it waits, uncharged.
func (w *Worker) identify(r *reading) {
	if r.problem != nil {
		return
	}

	r.problem = unidentified(r.program, r.job, r.payload)

	if !r.due { // those that wait come again and again
		w.faults.identified(r.program.Name, r.problem == nil)
	}

	r.doubtful = r.problem != nil && !w.faults.identify(r.program.Name)
}

// identity is the value by which the program identifies the consumer, "" when the job does not have it.
func identity(program Program, job jobs.Job, payload jobs.Payload) string {
	switch program.ConsumerIdentity {
	case identityMobile:
		if m := payload.Consumer.MobileNumber; m != nil {
			return m.CountryCode + m.PhoneNumber
		}

		return ""
	case identityExternal:
		return job.ExternalConsumerID
	default:
		return payload.Consumer.EmailAddress
	}
}

// unidentified says what is missing when the job lacks the program's identity of a consumer.
func unidentified(program Program, job jobs.Job, payload jobs.Payload) *jobs.Problem {
	if identity(program, job, payload) != "" {
		return nil
	}

	field := map[string]string{
		identityEmail:    "consumer.emailAddress",
		identityMobile:   "consumer.mobileNumber",
		identityExternal: jobs.FieldExternalConsumerID,
	}[program.ConsumerIdentity]

	return &jobs.Problem{
		Reason: jobs.ReasonNoIdentity, Field: field,
		Message: "is missing; the program identifies consumers by it (consumer_identity " + program.ConsumerIdentity + ")",
	}
}
