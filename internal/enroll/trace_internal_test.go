package enroll

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

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
