package enroll_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
)

// The consumer of a paused program is deleted: its jobs are no orphans, and wait for the operator as before.
func TestPausedProgramWhoseConsumerIsDeletedStaysPaused(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	o.config.InspectEvery = 50 * time.Millisecond
	o.pause("gold")
	o.publishGold("gold-1", 1)

	stop := o.start()
	o.publish("demo-1", sandbox.PAN(0, 2))
	require.Equal(t, "demo-1", o.outcome().ID)

	require.NoError(t, o.js.DeleteConsumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold")))
	eventually.True(t, func() bool {
		_, err := o.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("gold"))
		return err == nil || len(o.outcomes) > 0
	}, patience, 10*time.Millisecond)
	require.Empty(t, o.outcomes, "sent while paused")

	o.resume("gold")
	require.Equal(t, "gold-1", o.outcome().ID)
	stop()
	o.drained()
}

// A publisher that puts ids into its subjects makes an orphaned subject of each job: all end, a few subjects at a time.
func TestManyOrphanedSubjects(t *testing.T) {
	t.Parallel()

	const subjects = 40

	r := newRig(t)
	r.config.InspectEvery = 50 * time.Millisecond

	for i := range subjects {
		r.publishRaw(fmt.Sprintf("enroll.jobs.demo.job-%d", i), []byte("no job"))
	}

	stop := r.start()
	r.outcomesOf(subjects)
	stop()
	r.drained()
}

// A worker that alone lacks a program ends none of its jobs, even when nobody takes them now.
func TestAProgramThatThisWorkerAloneLacks(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.config.InspectEvery = 20 * time.Millisecond

	looks := make(chan struct{}, 1000)
	r.config.Elsewhere = func(context.Context) (map[string]bool, error) {
		looks <- struct{}{}
		return map[string]bool{"gold": true}, nil
	}

	r.publishRaw("enroll.jobs.gold", []byte("a job of gold"))
	r.publishRaw("enroll.jobs.nobody", []byte("a job of nobody"))

	stop := r.start()
	require.Equal(t, "nobody", r.outcome().Program)

	for range 5 {
		<-looks
	}

	require.Empty(t, r.outcomes)
	stop()

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.Equal(t, uint64(1), stream.CachedInfo().State.Msgs, "the job of gold waits")
}
