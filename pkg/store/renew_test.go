package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// A call may take longer than its lease: nobody else begins while its worker renews it.
func TestARenewedLeaseHoldsTheJob(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	j := jobTest{database: d, tb: t, id: "job"}

	r := j.request()
	r.Lease = 50 * time.Millisecond
	claim := begin(t, d.Store, r)

	require.Empty(t, renew(t, d, time.Hour, leaseOf(claim)))
	eventually.True(t, func() bool { // by Postgres' clock, the first lease is over
		return value[bool](t, d, `SELECT now() > $1`, claim.LeaseUntil)
	}, time.Minute, 10*time.Millisecond)

	other, err := d.Begin(t.Context(), byAnotherWorker(j.request()))
	require.NoError(t, err)
	require.Equal(t, store.Held, other.Decision)
	require.WithinDuration(t, claim.StartedAt.Add(time.Hour), other.LeaseUntil, time.Minute)

	require.Empty(t, renew(t, d, time.Second, leaseOf(claim)), "a shorter one")
	require.True(t, value[bool](t, d, `SELECT lease_until = $1 FROM enrollments`, other.LeaseUntil), "takes nothing away")

	finish(t, d.Store, result(claim, "enrolled", store.StatusEnrolled))
	requireCountsFit(t, d)
}

func TestRenew(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	for id, c := range map[string]struct {
		then func(j jobTest, claim store.Claim) // after the claim
		lost bool
	}{
		"running":                        {then: func(jobTest, store.Claim) {}},
		"out of time and not taken over": {then: func(j jobTest, _ store.Claim) { j.expire() }},
		"finished":                       {then: func(j jobTest, c store.Claim) { finish(j.tb, j.Store, result(c, "enrolled", store.StatusEnrolled)) }, lost: true},
		"taken over":                     {then: func(j jobTest, _ store.Claim) { j.expire(); begin(j.tb, j.Store, byAnotherWorker(j.request())) }, lost: true},
		"put in doubt": {then: func(j jobTest, _ store.Claim) {
			j.expire()
			j.claim(store.InDoubt, func(r *store.BeginRequest) { r.HoldUnknown, r.Worker = true, "w2" })
		}, lost: true},
		"ended":  {then: func(j jobTest, _ store.Claim) { j.expire(); j.end(store.StatusExpired) }, lost: true},
		"purged": {then: func(j jobTest, _ store.Claim) { j.exec(j.tb, `DELETE FROM enrollments WHERE job_id = $1`, j.id) }, lost: true},
		"purged, and begun by another one": {then: func(j jobTest, _ store.Claim) {
			j.exec(j.tb, `DELETE FROM enrollments WHERE job_id = $1`, j.id)
			j.begin()
		}, lost: true},
	} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()

			j := jobTest{database: d, tb: t, id: id}
			claim := j.begin()
			c.then(j, claim)

			const row = `SELECT coalesce((SELECT to_jsonb(e) - 'lease_until' - 'updated_at' FROM enrollments e WHERE job_id = $1), '{}')::text`

			lease := `SELECT coalesce((SELECT lease_until::text FROM enrollments WHERE job_id = $1), '')`
			rowBefore, leaseBefore := value[string](t, d, row, id), value[string](t, d, lease, id)

			lost := renew(t, d, time.Hour, leaseOf(claim))
			require.Equal(t, rowBefore, value[string](t, d, row, id), "of the row only the lease changes")

			if c.lost {
				require.Equal(t, []store.Lease{leaseOf(claim)}, lost)
				require.Equal(t, leaseBefore, value[string](t, d, lease, id))
			} else {
				require.Empty(t, lost)
				require.NotEqual(t, leaseBefore, value[string](t, d, lease, id))
			}
		})
	}
}

// Many at once, of which some are lost and one is being finished.
func TestRenewManyAtOnce(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, onceFull(4))
	claims := beginAll(t, d.Store, "a", "b", "finishing", "d")
	finish(t, d.Store, result(claims[1], "enrolled", store.StatusEnrolled))
	finish(t, d.Store, result(claims[3], "enrolled", store.StatusEnrolled))

	other := d.transaction(t, `UPDATE enrollments SET error_message = 'being finished' WHERE job_id = 'finishing'`)

	lost := renew(t, d, time.Hour, leaseOf(claims[0]), leaseOf(claims[1]), leaseOf(claims[2]), leaseOf(claims[3]))
	require.Equal(t, []store.Lease{leaseOf(claims[1]), leaseOf(claims[3])}, lost, "it waits for nobody, and calls nothing lost that may not be")
	require.NoError(t, other.Commit(t.Context()))

	renewed := `SELECT lease_until > now() + interval '30 minutes' FROM enrollments WHERE job_id = $1`
	require.True(t, value[bool](t, d, renewed, "a"))
	require.False(t, value[bool](t, d, renewed, "finishing"))

	require.Empty(t, renew(t, d, time.Hour, leaseOf(claims[2])))
	require.True(t, value[bool](t, d, renewed, "finishing"), "made up for")
	requireCountsFit(t, d)
}

// Leases are renewed while jobs are begun, finished, taken over and given up: nobody waits for anybody in a circle.
func TestRenewBesideEverythingElse(t *testing.T) {
	t.Parallel()

	const jobs, callers = 400, 16

	d := newDatabase(t, store.Options{})
	other := openStore(t, d.url, store.Options{})

	var (
		mu     sync.Mutex
		leases []store.Lease
	)

	together(callers, func(caller int) {
		for n := caller; n < jobs; n += callers {
			claim, err := d.Begin(t.Context(), beginRequest(fmt.Sprint("job-", n)))
			if err != nil {
				t.Error(err)
				return
			}

			mu.Lock()
			leases = append(leases, leaseOf(claim))
			all := slices.Clone(leases)
			mu.Unlock()

			slices.Reverse(all) // in another order than everybody else's

			if _, err := other.Renew(t.Context(), all, time.Minute); err != nil {
				t.Error(err)
			}

			if finished, err := d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled)); err != nil || finished.Finished != store.Recorded {
				t.Error(finished, err)
			}
		}
	})

	require.EqualValues(t, jobs, value[int64](t, d, `SELECT count(*) FROM enrollments WHERE status = 'enrolled' AND attempts = 1`))
	requireCountsFit(t, d)
}

func TestRenewRefusesWhatCannotBe(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})

	_, err := d.Renew(t.Context(), []store.Lease{{JobID: "job", Attempt: 1}}, 0)
	require.ErrorIs(t, err, store.ErrRequest)
	require.Empty(t, renew(t, d, time.Minute))

	d.Close()

	_, err = d.Renew(t.Context(), []store.Lease{{JobID: "job", Attempt: 1}}, time.Minute)
	require.True(t, store.Retryable(err))
}

func renew(t *testing.T, d *database, lease time.Duration, leases ...store.Lease) []store.Lease {
	t.Helper()

	lost, err := d.Renew(t.Context(), leases, lease)
	require.NoError(t, err)

	return lost
}

func leaseOf(c store.Claim) store.Lease {
	return store.Lease{JobID: c.Outcome.JobID, Attempt: c.Attempt, StartedAt: c.StartedAt}
}

func byAnotherWorker(r store.BeginRequest) store.BeginRequest {
	r.Worker = "w2"
	return r
}

// expire lets the running attempt's lease run out.
func (j jobTest) expire() {
	j.exec(j.tb, `UPDATE enrollments SET lease_until = now() - interval '1 minute' WHERE job_id = $1`, j.id)
}
