package enroll_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// The API refuses the ids of one program: its jobs wait, those of another do not.
func TestHaltOfOneProgramLeavesTheOthers(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	gold := o.config.Programs["gold"]
	gold.ServiceID = "NOT#OURS#01"
	o.config.Programs["gold"] = gold

	const n = 20

	for i := range n {
		o.publishGold(fmt.Sprintf("gold-%d", i), i)
	}

	stop := o.start()
	eventually.True(t, func() bool { return o.config.Pacers["gold"].State().Halted != "" }, patience, 5*time.Millisecond)

	for i := range n {
		o.publish(fmt.Sprintf("demo-%d", i), sandbox.PAN(0, 100+i))
	}

	for id := range o.outcomesOf(n) {
		require.Contains(t, id, "demo-")
	}

	require.Empty(t, o.config.Pacers["demo"].State().Halted)
	stop()

	for i := range n {
		if row, seen, err := o.store.Outcome(t.Context(), fmt.Sprintf("gold-%d", i)); seen {
			require.NoError(t, err)
			require.Equal(t, store.StatusPending, row.Status)
		}
	}
}

// sickAPI fails for one program.
type sickAPI struct {
	enroll.API

	serviceID string
	hang      bool
}

func (a *sickAPI) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	if r.ServiceID != a.serviceID {
		return a.API.Enroll(ctx, r)
	}

	if err := r.Turn(ctx); err != nil || a.hang {
		<-ctx.Done()
	}

	return mastercard.Answer{Verdict: mastercard.Retry, HTTPStatus: 503, Failure: mastercard.Failure{Source: "service", Reason: "UNAVAILABLE"}}
}

// Calls of one program hang until their deadline; those of another take no longer for it.
func TestOneProgramsHangingCallsHoldNoSlotOfAnothers(t *testing.T) {
	t.Parallel()

	o := newOperator(t)
	o.config.InFlight, o.config.Grace = 2, time.Millisecond
	gold := o.config.Programs["gold"]
	gold.ServiceID = "SICK#01"
	o.config.Programs["gold"] = gold

	for i := range 10 {
		o.publishGold(fmt.Sprintf("gold-%d", i), i)
	}

	o.startWith(o.js, o.store, &sickAPI{API: o.client(), serviceID: gold.ServiceID, hang: true})

	for i := range 10 {
		o.publish(fmt.Sprintf("demo-%d", i), sandbox.PAN(0, 100+i))
	}

	for id := range o.outcomesOf(10) {
		require.Contains(t, id, "demo-")
	}
}

// While the API is sick jobs stay in the queue: those that are not probes are not charged.
func TestSickAPIBurnsNoJobs(t *testing.T) {
	t.Parallel()

	const waiting = 200

	r := newRig(t)
	r.setProgram(func(p *enroll.Program) { p.MaxAttempts = 3 })
	r.config.InFlight = 8

	for i := range waiting {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	sick := &sickAPI{API: r.client(), serviceID: serviceID}
	stop := r.startWith(r.js, r.store, sick)
	eventually.True(t, func() bool { return r.log.Contains("the API is sick") }, patience, 5*time.Millisecond)
	require.Contains(t, r.config.Pacers["demo"].State().Tripped, "calls within 30s failed")

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	require.Greater(t, info.State.Msgs, uint64(waiting/2), "most were never taken")
	stop()
	require.Empty(t, r.outcomes, "none was given up")

	stop = r.start()
	r.outcomesOf(waiting)
	stop()
	r.drained()
}

// Jobs of a program that no worker has ever known end as invalid, with a letter; those of one that only other
// workers know wait for them.
func TestOrphans(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.config.InspectEvery = 50 * time.Millisecond
	_, err := jobs.Ensure(t.Context(), r.js, jobs.Topology{Programs: []string{"silver"}})
	require.NoError(t, err)

	for id, program := range map[string]string{"stray": "slver", "waits": "silver"} {
		job, err := r.sealer.Seal(jobs.Job{ID: id, Program: program}, parts.Payload(sandbox.PAN(0, 1)))
		require.NoError(t, err)
		_, err = r.publisher.Publish(t.Context(), job)
		require.NoError(t, err)
	}

	r.publishRaw("enroll.jobs.no.program", []byte("no job"))

	stop := r.start()
	outcomes := r.outcomesOf(2)
	require.Equal(t, "UNKNOWN_PROGRAM", outcomes["stray"].Error.Reason)
	require.Len(t, r.letters(), 1)
	stop()

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(">"))
	require.NoError(t, err)
	require.Equal(t, map[string]uint64{"enroll.jobs.silver": 1}, info.State.Subjects)
}
