package redrive_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/tracing"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// A job that is tried again begins another trace, perhaps days later, which is linked to the one in which it was given up. Where
// only the workers are traced, it goes on in that.
func TestARedriveIsLinkedToWhatCameBefore(t *testing.T) {
	t.Parallel()

	for name, here := range map[string]bool{"the redrive is traced": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.startAPI()

			collector := parts.NewCollector(t)
			traces := tracing.Open(context.WithoutCancel(t.Context()), tracing.Options{
				Getenv: collector.Getenv, Logger: slog.New(slog.DiscardHandler),
			})
			t.Cleanup(func() { traces.Close(context.WithoutCancel(t.Context())) })

			r.config.TracerProvider = traces.Provider()
			r.outage.Store(true)
			r.work()
			r.publish(jobs.Job{ID: "job", Program: "demo"}, sandbox.PAN(0, 1))
			r.outcome("job", store.StatusDead)
			r.outage.Store(false)

			options := redrive.Options{}
			if here {
				options.TracerProvider = traces.Provider()
			}

			require.Equal(t, 1, r.run(options).Redriven)
			r.outcome("job", store.StatusEnrolled)

			all := collector.Await(t, func(all parts.Spans) bool { return len(all.Named("publish enroll.outcomes.demo.enrolled")) > 0 })
			letter := all.Named("publish enroll.dead.demo.*")[0]
			enrolled := all.Named("publish enroll.outcomes.demo.enrolled")[0]

			if !here {
				require.Equal(t, letter.GetTraceId(), enrolled.GetTraceId())
				return
			}

			again := all.Named("publish enroll.jobs.demo")[0]
			require.Equal(t, again.GetTraceId(), enrolled.GetTraceId())
			require.NotEqual(t, letter.GetTraceId(), enrolled.GetTraceId())
			require.Len(t, again.GetLinks(), 1)
			require.Equal(t, letter.GetSpanId(), again.GetLinks()[0].GetSpanId())
		})
	}
}
