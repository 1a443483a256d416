package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// onceFull flushes when so many calls wait, so that a test knows what shares a transaction.
func onceFull(rows int) store.Options {
	return store.Options{FlushRows: rows, FlushDelay: 100 * time.Millisecond}
}

// beginAll begins the jobs in one flush and returns their claims in order.
func beginAll(t *testing.T, s *store.Store, ids ...string) []store.Claim {
	t.Helper()

	claims := make([]store.Claim, len(ids))
	together(len(ids), func(i int) { claims[i] = begin(t, s, beginRequest(ids[i])) })

	return claims
}

// together calls f for 0 to n-1, all at once.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}

	all.Wait()
}

// transaction is somebody else's, left open until the test ends it.
func (d *database) transaction(t *testing.T, sql string) pgx.Tx {
	t.Helper()

	tx, err := d.sql.Begin(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) })

	_, err = tx.Exec(t.Context(), sql)
	require.NoError(t, err)

	return tx
}

// One row of four is held by another transaction. The others must not wait for it,
// and it must go through once it is free.
func TestALockedRowDelaysOnlyItself(t *testing.T) {
	t.Parallel()

	ids := []string{"a", "b", "held", "d"}

	for name, c := range map[string]struct {
		lock  string // by another transaction
		begun bool   // before
		call  func(t *testing.T, d *database, claims []store.Claim, i int) error
	}{
		"the job, for Begin": {
			lock:  `SELECT job_id FROM enrollments WHERE job_id = 'held' FOR UPDATE`,
			begun: true,
			call: func(t *testing.T, d *database, _ []store.Claim, i int) error {
				t.Helper()

				_, err := d.Begin(t.Context(), beginRequest(ids[i]))
				return err
			},
		},
		"the job, for Finish": {
			lock:  `UPDATE enrollments SET error_message = 'an operator looks at it' WHERE job_id = 'held'`,
			begun: true,
			call: func(t *testing.T, d *database, claims []store.Claim, i int) error {
				t.Helper()

				_, err := d.Finish(t.Context(), result(claims[i], "enrolled", store.StatusEnrolled))
				return err
			},
		},
		"the attempt, for Finish": {
			lock:  `SELECT job_id FROM attempts WHERE job_id = 'held' FOR UPDATE`,
			begun: true,
			call: func(t *testing.T, d *database, claims []store.Claim, i int) error {
				t.Helper()

				_, err := d.Finish(t.Context(), result(claims[i], "enrolled", store.StatusEnrolled))
				return err
			},
		},
		"a job that is being inserted, for End": {
			lock: `INSERT INTO enrollments (job_id, program, status, message_digest, first_seen_at, updated_at)
				VALUES ('held', 'acme', 'pending', sha256('message held'), now(), now())`,
			call: func(t *testing.T, d *database, _ []store.Claim, i int) error {
				t.Helper()

				_, err := d.End(t.Context(), store.EndRequest{Job: newJob(ids[i]), Status: store.StatusExpired})
				return err
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			d := newDatabase(t, onceFull(len(ids)))

			var claims []store.Claim
			if c.begun {
				claims = beginAll(t, d.Store, ids...)
			}

			other := d.transaction(t, c.lock)

			var (
				unhurt sync.WaitGroup
				held   = make(chan error, 1)
			)

			for i, id := range ids {
				if id == "held" {
					go func() { held <- c.call(t, d, claims, i) }()
					continue
				}

				unhurt.Go(func() {
					if err := c.call(t, d, claims, i); err != nil {
						t.Error(id, err)
					}
				})
			}

			unhurt.Wait()
			require.Empty(t, held, "it is still locked")
			require.NoError(t, other.Commit(t.Context()))
			require.NoError(t, <-held)
		})
	}
}

// A row that the table refuses fails alone: the rest of its flush is committed.
func TestABadRowFailsAlone(t *testing.T) {
	t.Parallel()

	const rows, bad = 20, 13

	d := newDatabase(t, onceFull(rows))
	claims := make([]store.Claim, rows)

	together(rows, func(i int) {
		r := beginRequest(fmt.Sprint("job-", i))
		if i == bad {
			r.Job.PANLast4 = "four"
		}

		var err error
		if claims[i], err = d.Begin(t.Context(), r); (err != nil) != (i == bad) || store.Retryable(err) {
			t.Error(i, err)
		}
	})
	require.EqualValues(t, rows-1, value[int64](t, d, `SELECT count(*) FROM attempts`))

	claims[bad] = begin(t, d.Store, beginRequest("good after all"))

	together(rows, func(i int) {
		r := result(claims[i], "enrolled", store.StatusEnrolled)
		if i == bad {
			r.Verdict = "perhaps"
		}

		if _, err := d.Finish(t.Context(), r); (err != nil) != (i == bad) || store.Retryable(err) {
			t.Error(i, err)
		}
	})
	require.EqualValues(t, rows-1, value[int64](t, d, `SELECT count(*) FROM enrollments WHERE status = 'enrolled'`))

	together(rows, func(i int) {
		r := store.EndRequest{Job: newJob(fmt.Sprint("end-", i)), Status: store.StatusExpired}
		if i == bad {
			r.Job.PANHMAC = []byte("short")
		}

		if _, err := d.End(t.Context(), r); (err != nil) != (i == bad) || store.Retryable(err) {
			t.Error(i, err)
		}
	})
	require.EqualValues(t, rows-1, value[int64](t, d, `SELECT count(*) FROM enrollments WHERE status = 'expired'`))
	requireCountsFit(t, d)
}

// However many workers get the same message, one of them calls.
func TestOneWorkerWins(t *testing.T) {
	t.Parallel()

	const workers = 16

	d := newDatabase(t, store.Options{})
	stores := []*store.Store{d.Store, openStore(t, d.url, store.Options{})}

	for round := range 5 {
		id := fmt.Sprint("job-", round)
		decisions := make([]store.Decision, workers)

		together(workers, func(i int) {
			r := beginRequest(id)
			r.Worker = fmt.Sprint("w", i)

			claim, err := stores[i%len(stores)].Begin(t.Context(), r)
			if err != nil {
				t.Error(err)
			}

			decisions[i] = claim.Decision
		})

		count := map[store.Decision]int{}
		for _, d := range decisions {
			count[d]++
		}

		require.Equal(t, map[store.Decision]int{store.Begun: 1, store.Held: workers - 1}, count)
	}
}

func TestACallerMayLeave(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	begin(t, d.Store, beginRequest("j"))
	d.transaction(t, `SELECT job_id FROM enrollments WHERE job_id = 'j' FOR UPDATE`)

	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)

	go func() {
		_, err := d.Begin(ctx, beginRequest("j"))
		left <- err
	}()

	cancel()
	require.ErrorIs(t, <-left, context.Canceled)
}

func TestClose(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	begin(t, d.Store, beginRequest("j"))
	d.Close()

	_, err := d.Begin(t.Context(), beginRequest("k"))
	require.ErrorIs(t, err, store.ErrClosed)
	require.True(t, store.Retryable(err))
	require.Error(t, d.Ping(t.Context()))
}

// The server ends every connection under load: each call is answered, what fails
// can be called again, and the store goes on without being opened anew.
func TestLostConnections(t *testing.T) {
	t.Parallel()

	const callers, jobs = 16, 800

	d := newDatabase(t, store.Options{})

	together(callers, func(caller int) {
		for n := caller; n < jobs; n += callers {
			if n%200 == 100 {
				d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
					WHERE datname = current_database() AND application_name = 'clicktopay'`)
			}

			if err := enroll(t.Context(), d.Store, fmt.Sprint("job-", n)); err != nil {
				t.Error(n, err)
			}
		}
	})

	require.EqualValues(t, jobs, value[int64](t, d, `SELECT count(*) FROM enrollments WHERE status = 'enrolled' AND attempts = 1`))
	requireCountsFit(t, d)
}

// enroll takes one job through the store, calling again what can be.
func enroll(ctx context.Context, s *store.Store, id string) error {
	claim, err := s.Begin(ctx, beginRequest(id))
	for store.Retryable(err) {
		claim, err = s.Begin(ctx, beginRequest(id))
	}

	if err != nil || claim.Decision != store.Begun {
		return fmt.Errorf("decision %s, error %w", claim.Decision, err)
	}

	request := result(claim, "enrolled", store.StatusEnrolled)

	finished, err := s.Finish(ctx, request)
	for store.Retryable(err) {
		finished, err = s.Finish(ctx, request)
	}

	if err != nil || finished.Finished != store.Recorded {
		return fmt.Errorf("%s, error %w", finished.Finished, err)
	}

	return nil
}
