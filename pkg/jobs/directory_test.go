package jobs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestAPublisherChecksTheKeysOfADirectory(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{Programs: []string{"demo", "other"}})
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{Directories: []string{"demo"}})
	sealer := newSealer(t, newKey(t))

	of := func(operation jobs.Operation, consumer, card string) jobs.Job {
		return jobs.Job{
			ID: string(operation) + "-" + consumer + card, Program: "demo", Operation: operation,
			ExternalConsumerID: consumer, ExternalCardID: card,
		}
	}
	sealed := func(job jobs.Job) jobs.Job {
		var err error
		if job.Operation == jobs.Update {
			job, err = sealer.SealChange(job, jobs.Change{BillingAddress: billingAddress().BillingAddress})
		} else {
			job, err = sealer.Seal(job, goodPayload())
		}

		require.NoError(t, err)

		return job
	}
	ofID := of(jobs.Update, "c", "")
	ofID.SrcDigitalCardID = "k"
	forgotten := of(jobs.Forget, "", "k")
	forgotten.SrcConsumerID = "c"

	elsewhere := sealed(of(jobs.Enroll, "", ""))
	elsewhere.Program = "other"

	for name, c := range map[string]struct {
		job   jobs.Job
		field string
	}{
		"enrolling with both":                {sealed(of(jobs.Enroll, "c", "k")), ""},
		"enrolling without a card's key":     {sealed(of(jobs.Enroll, "c", "")), "external_card_id"},
		"enrolling without a consumer's key": {sealed(of(jobs.Enroll, "", "k")), "external_consumer_id"},
		"enrolling for another program":      {elsewhere, ""},
		"taking out without a consumer's":    {of(jobs.Unenroll, "", "k"), "external_consumer_id"},
		"updating a card with both":          {sealed(of(jobs.Update, "c", "k")), ""},
		"updating a card by Mastercard's id": {sealed(ofID), "external_card_id"},
		"forgetting":                         {of(jobs.Forget, "c", ""), ""},
		"forgetting by Mastercard's id":      {forgotten, "external_consumer_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := publisher.Publish(t.Context(), c.job)
			if c.field == "" {
				require.NoError(t, err)
				return
			}

			var problem *jobs.Problem
			require.ErrorAs(t, err, &problem)
			require.Equal(t, c.field, problem.Field)
		})
	}
}
