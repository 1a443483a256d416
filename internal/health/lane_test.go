package health_test

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/mastercard"
)

// A call that never returns keeps the one slot of the lane, which then waits for ever. Only the monitor's clock is moved on.
func TestNotAliveWhenALaneHangs(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.monitor.StuckAfter = 3 * time.Minute
	r.config.InFlight = 1 // one for each lane
	r.makePacers()

	hung := &hanging{API: r.api, called: make(chan struct{}), release: make(chan struct{})}
	r.api = hung

	r.start()
	r.publish("job", sandbox.PAN(0, 1))
	<-hung.called

	code, life := r.life()
	require.Equal(t, http.StatusOK, code, "a call may take its time")
	require.True(t, life.Alive)
	require.InDelta(t, 1, r.values("enroll_jobs_in_flight")[""], 0)

	r.late.Store(int64(4 * time.Minute))

	// The other lane still turns, and shows it by the new time.
	eventually.True(t, func() bool {
		code, life = r.life()
		return len(life.Reasons) == 1
	}, patience, tick)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.False(t, life.Alive)
	require.Regexp(t, "the lane ENROLL_JOBS/demo hangs: its last turn was 4m[0-9]+s ago", life.Reasons[0])
	require.WithinDuration(t, time.Now().Add(4*time.Minute), life.LastTurn[dueLane], patience)

	close(hung.release)
	r.enrolled("job")
	eventually.True(t, func() bool {
		code, _ = r.life()
		return code == http.StatusOK
	}, patience, tick)
}

// Lanes turn as well while no job may be taken, for however long that is.
func TestAliveWhileNoJobMayBeTaken(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.monitor.StuckAfter = 3 * time.Minute
	r.config.Pacers[devkeys.Program].CoolDown(time.Hour)
	r.start()

	for _, late := range []time.Duration{10 * time.Minute, 20 * time.Minute} {
		r.late.Store(int64(late))
		eventually.True(t, func() bool {
			_, life := r.life()
			return life.Alive
		}, patience, tick)
	}
}

func TestAliveWhileItStops(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	stop := r.start()
	r.becomes(true)
	stop()

	r.late.Store(int64(time.Hour))
	code, life := r.life()
	require.Equal(t, http.StatusOK, code)
	require.True(t, life.Alive)
}

func (r *rig) life() (code int, life health.Life) {
	r.t.Helper()

	code, body := r.get("/healthz")
	require.NoError(r.t, json.Unmarshal(body, &life))

	return code, life
}

// hanging is an API whose calls wait.
type hanging struct {
	enroll.API

	once            sync.Once
	called, release chan struct{}
}

func (h *hanging) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	h.once.Do(func() { close(h.called) })
	<-h.release

	return h.API.Enroll(ctx, r)
}
