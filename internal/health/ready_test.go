package health_test

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

func TestReadyOnceTheQueueHasAnswered(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.watch()
	require.Equal(t, []string{freshLane + " has not answered yet", dueLane + " has not answered yet"}, r.ready().Reasons)

	stop := r.start()
	r.publish("job", sandbox.PAN(0, 1))
	r.enrolled("job")

	facts := r.becomes(true)
	require.True(t, facts.Connected)
	require.True(t, facts.Database)
	require.Contains(t, facts.LastFetch, freshLane)
	require.Contains(t, facts.LastFetch, dueLane)
	require.WithinDuration(t, time.Now(), facts.LastCommit, patience)

	stop()
	require.Equal(t, []string{"stopping"}, r.ready().Reasons)
	require.Zero(t, r.ready().InFlight)
}

func TestNotReadyWhileTheQueueIsAway(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.start()
	r.becomes(true)

	r.nats.Stop()

	facts := r.becomes(false)
	require.Contains(t, facts.Reasons, "not connected to the queue")
	require.False(t, facts.Connected)
	require.Zero(t, r.values("enroll_queue_connected")[""])

	r.startNATS()
	r.becomes(true)
	r.publish("after", sandbox.PAN(0, 1))
	r.enrolled("after")
}

// A connection that is cut without a word stays open for minutes as far as the client knows.
func TestNotReadyWhileTheQueueIsSilent(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.monitor.Patience = 2500 * time.Millisecond // a request that finds nothing takes a second
	r.start()
	r.becomes(true)

	speak := r.queue.fallSilent()
	defer speak()

	facts := r.becomes(false)
	require.True(t, facts.Connected, "nothing tells the client")
	require.Contains(t, facts.Reasons[0], "has not answered for")
	eventually.True(t, func() bool {
		errors := r.values("enroll_fetch_errors_total")
		return errors[freshLane] > 0 && errors[dueLane] > 0
	}, patience, tick)

	speak()
	r.becomes(true)
}

func TestNotReadyWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()

	bin, err := stack.FindBinaries(t.Context(), "", t.Output())
	require.NoError(t, err)

	options := stack.PostgresOptions{Dir: filepath.Join(t.TempDir(), "postgres"), Bin: bin}
	server, err := stack.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) }) // an error: it has been stopped
	_, err = store.MigrateUp(t.Context(), server.URL("postgres"))
	require.NoError(t, err)

	way := newProxy(t, server.Addr())
	address, err := url.Parse(server.URL("postgres"))
	require.NoError(t, err)
	address.Host = way.addr()

	r := newRig(t, address.String())
	stop := r.start()
	r.becomes(true)
	r.publish("before", sandbox.PAN(0, 0))
	r.enrolled("before")

	require.NoError(t, server.Stop(t.Context()))

	facts := r.becomes(false)
	require.Equal(t, []string{"the database does not answer"}, facts.Reasons)

	const waiting = 10

	ids := make([]string, waiting)
	for i := range ids {
		ids[i] = fmt.Sprintf("meanwhile-%d", i)
		r.publish(ids[i], sandbox.PAN(0, i+1))
	}

	eventually.True(t, func() bool {
		return r.values("enroll_store_errors_total")["unavailable"] > 0 && r.values("enroll_messages_total")["handed_back"] > 0 &&
			r.values("enroll_cooling_seconds")[""] > 0
	}, patience, tick)
	require.InDelta(t, 1, r.values("enroll_jobs_settled_total")["enrolled"], 0)

	again, err := stack.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Stop(context.Background())) })
	way.leadTo(again.Addr())

	r.becomes(true)
	r.enrolled(ids...)
	require.Equal(t, waiting+1, r.sandbox.Ledger().Totals().Effects)
	eventually.True(t, func() bool {
		return r.values("enroll_jobs_settled_total")["enrolled"] == waiting+1
	}, patience, tick)
	stop()
}

func TestNotReadyWhileHalted(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.signFromStart(devkeys.SandboxKey) // an RSA key that is not the project's
	r.publish("job", sandbox.PAN(0, 1))
	r.start()

	var facts health.Readiness

	eventually.True(t, func() bool {
		facts = r.ready()
		return facts.Programs[0].Halted != nil
	}, patience, tick)
	halted := facts.Programs[0].Halted
	require.Contains(t, halted.Reason, "AUTHENTICATION_FAILED")
	require.False(t, halted.Since.IsZero())
	require.Equal(t, []string{"demo is halted: " + halted.Reason}, facts.Reasons)
	require.Equal(t, map[string]float64{"AUTHENTICATION_FAILED": 1}, r.values("enroll_halted"))

	r.sign(devkeys.SigningKey)
	r.enrolled("job")
	require.Nil(t, r.becomes(true).Programs[0].Halted)
	require.Equal(t, map[string]float64{"none": 0}, r.values("enroll_halted"))
}

func TestNotReadyWhileAllIsPaused(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.monitor.Paused = func(string) bool { return true }
	r.watch()

	require.Equal(t, []string{"demo is paused"}, r.ready().Reasons)
	require.InDelta(t, 1, r.values("enroll_paused")[""], 0)
}
