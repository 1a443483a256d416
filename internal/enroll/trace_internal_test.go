package enroll

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/pkg/mastercard"
)

// What is not traced costs nothing: not one allocation a job.
//
//nolint:paralleltest // allocations are counted for the whole process
func TestNoTracerAllocatesNothing(t *testing.T) {
	var (
		none    *tracer
		ctx     = t.Context()
		r       = &reading{}
		message = nats.NewMsg("enroll.retry.demo.job")
		answer  = &mastercard.Answer{}
	)

	require.Zero(t, testing.AllocsPerRun(100, func() {
		none.begin(ctx, r)
		under := r.traced(ctx)
		none.step(under, "wait for its turn")()
		none.called(under, sent{}, answer, r.receivedAt)

		_, published := none.publishing(under, message)
		published(nil)
		none.end(r, decision{})
	}))
}

func TestAnAttemptThatPassesForACardIsNotNamedInItsRetry(t *testing.T) {
	t.Parallel()

	for text, named := range map[string]bool{
		"00-7e862edacdf1cf27652ae325a4bb8349-eb7ed49852663786-01": false,
		"00-7e862edacdf1cf27652ae325a4bb8349-eb7ed49852663787-01": true,
	} {
		message := nats.NewMsg("enroll.retry.demo.job")
		setPrevious(message, spans.Parse(text))
		require.Equal(t, named, message.Header.Get(previousHeader) == text, text)
	}
}
