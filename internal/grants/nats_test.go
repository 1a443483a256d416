package grants_test

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/pkg/jobs"
)

// Before, workers of a program on the batch lane could not ask for the results of a batch under the rights of their role.
func TestAWorkerMayPublishWhatLeadsToTheNextStep(t *testing.T) {
	t.Parallel()

	for name, subject := range map[string]string{
		"a retry":                        jobs.RetrySubject("gold", "a.b"),
		"a reminder":                     jobs.ReminderSubject("gold", "a.b"),
		"a question for a batch":         jobs.PollSubject("gold", "batch", "0"),
		"a question for one of its jobs": jobs.PollSubject("gold", "batch", "job-a.b"),
		"a dead letter":                  jobs.DeadSubject("gold", "a.b"),
	} {
		allowed := false
		for _, pattern := range grants.ForRole(grants.Worker).Publish {
			allowed = allowed || server.SubjectsCollide(pattern, subject)
		}

		require.True(t, allowed, "%s: %s", name, subject)
	}
}
