package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// recorder is a flush that does nothing but take its time, and remembers what it was given.
type recorder struct {
	takes time.Duration
	fails func([]string) error
	locks func(string) bool

	mu      sync.Mutex
	flushes [][]string
	running map[string]bool
	atOnce  int
	most    int
}

func (r *recorder) flush(_ context.Context, requests []string) ([]answer[string], error) {
	r.begin(requests)
	<-time.After(r.takes)
	r.end(requests)

	if r.fails != nil {
		if err := r.fails(requests); err != nil {
			return nil, err
		}
	}

	answers := make([]answer[string], len(requests))
	for i, request := range requests {
		answers[i] = answer[string]{value: "done " + request, again: r.locks != nil && r.locks(request)}
	}

	return answers, nil
}

func (r *recorder) begin(requests []string) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.flushes = append(r.flushes, requests)
	r.atOnce++
	r.most = max(r.most, r.atOnce)

	for _, key := range keys(requests) {
		if r.running[key] {
			panic("two at once of " + key)
		}

		if r.running == nil {
			r.running = map[string]bool{}
		}

		r.running[key] = true
	}
}

func (r *recorder) end(requests []string) {
	r.mu.Lock()
	defer r.mu.Unlock()

	r.atOnce--
	for _, key := range keys(requests) {
		delete(r.running, key)
	}
}

// keys are what comes before the slash in a request.
func keys(requests []string) []string {
	return column(requests, func(s string) string { key, _, _ := strings.Cut(s, "/"); return key })
}

func sizes(flushes [][]string) []int {
	return column(flushes, func(f []string) int { return len(f) })
}

func testGroup(r *recorder) *group[string, string] {
	return newGroup(groupSettings{
		delay: 3 * time.Millisecond, rows: 4, slots: 2, patience: 5 * time.Second, timeout: time.Minute,
	}, r.flush)
}

// ask calls for each request at once, in order, and returns the errors when all are answered.
func ask(t *testing.T, g *group[string, string], requests ...string) []error {
	t.Helper()

	var (
		all  sync.WaitGroup
		errs = make([]error, len(requests))
	)

	for i, request := range requests {
		all.Go(func() {
			var got string

			got, errs[i] = g.do(t.Context(), keys([]string{request})[0], request)
			if errs[i] == nil && got != "done "+request {
				errs[i] = fmt.Errorf("%q was answered %q", request, got)
			}
		})
		synctest.Wait()
	}

	all.Wait()

	return errs
}

func TestGroupGathersForItsDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		start := time.Now()

		require.Equal(t, make([]error, 3), ask(t, testGroup(r), "a", "b", "c"))
		require.Equal(t, [][]string{{"a", "b", "c"}}, r.flushes)
		require.Equal(t, 3*time.Millisecond, time.Since(start))
	})
}

func TestGroupDoesNotWaitWhenThereAreEnough(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		start := time.Now()

		require.Equal(t, make([]error, 8), ask(t, testGroup(r), "a", "b", "c", "d", "e", "f", "g", "h"))
		require.Equal(t, []int{4, 4}, sizes(r.flushes))
		require.Zero(t, time.Since(start))
	})
}

func TestGroupBoundsFlushesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second}

		requests := make([]string, 30)
		for i := range requests {
			requests[i] = strconv.Itoa(i)
		}

		require.Equal(t, make([]error, 30), ask(t, testGroup(r), requests...))
		require.ElementsMatch(t, []int{4, 4, 4, 4, 4, 4, 4, 2}, sizes(r.flushes), "two begin at the same moment, in any order")
		require.Equal(t, 2, r.most)
	})
}

func TestGroupKeepsTheOrderOfAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: 10 * time.Millisecond}

		require.Equal(t, make([]error, 5), ask(t, testGroup(r), "a/1", "b", "a/2", "a/3", "c"))
		require.Equal(t, [][]string{{"a/1", "b", "c"}, {"a/2"}, {"a/3"}}, r.flushes)
	})
}

func TestGroupFindsTheRowAtFault(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		err  pgconn.PgError
		want string
	}{
		"a value that does not fit": {pgconn.PgError{Code: "22001"}, "22001"},
		"a check violated":          {pgconn.PgError{Code: "23514"}, "23514"},
		"a row that another transaction inserts, for good": {
			pgconn.PgError{Code: "55P03", Where: `while inserting index tuple (0,1) in relation "enrollments"`}, ErrLocked.Error(),
		},
		"an attempt that another transaction holds, for good": {
			pgconn.PgError{Code: "55P03", Where: `while updating tuple (0,4) in relation "attempts_2026_11"`}, ErrLocked.Error(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{fails: func(requests []string) error {
					if slices.Contains(requests, "bad") {
						return &c.err
					}

					return nil
				}}
				errs := ask(t, testGroup(r), "a", "bad", "c", "d")

				require.ErrorContains(t, errs[1], c.want)
				require.Equal(t, make([]error, 3), slices.Delete(errs, 1, 2))
			})
		})
	}
}

// A table that is locked keeps every part of a flush waiting: it goes back as a whole, and no longer than patience lasts.
func TestGroupPutsAFlushBackAtOnce(t *testing.T) {
	t.Parallel()

	const callers = 128

	for name, err := range map[string]*pgconn.PgError{
		"a locked table":          {Code: "55P03"},
		"a locked rollup":         {Code: "55P03", Where: `while updating tuple (0,1) in relation "program_counts"`},
		"a deadlock":              {Code: "40P01"},
		"rows, a lock for each":   {Code: "55P03", Where: `while inserting index tuple (0,1) in relation "enrollments"`},
		"a serialization failure": {Code: "40001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := &recorder{takes: lockTimeout, fails: func([]string) error { return err }}
				g := newGroup(groupSettings{
					delay: 3 * time.Millisecond, rows: 300, slots: 2, patience: lockPatience, timeout: flushTimeout,
				}, r.flush)
				start := time.Now()

				requests := make([]string, callers)
				for i := range requests {
					requests[i] = strconv.Itoa(i)
				}

				for _, err := range ask(t, g, requests...) {
					require.ErrorIs(t, err, ErrLocked)
				}

				require.Less(t, time.Since(start), 2*lockPatience)
				require.Less(t, len(r.flushes), 50)
			})
		})
	}
}

// The good half of a flush does not wait for the other half to be looked through.
func TestGroupAnswersEachPartAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{takes: time.Second, fails: func(requests []string) error {
			if slices.Contains(requests, "bad") {
				return &pgconn.PgError{Code: "22001"}
			}

			return nil
		}}
		g := testGroup(r)
		start := time.Now()

		var (
			all   sync.WaitGroup
			first time.Duration
		)

		for _, request := range []string{"a", "b", "c", "bad"} {
			all.Go(func() {
				if _, err := g.do(t.Context(), request, request); err == nil && request == "a" {
					first = time.Since(start)
				}
			})
			synctest.Wait()
		}

		all.Wait()
		require.Equal(t, 2*time.Second, first, "the whole, then its half")
		require.Equal(t, 5*time.Second, time.Since(start))
	})
}

func TestGroupGivesAnErrorOfTheConnectionToAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost := errors.New("connection lost")
		r := &recorder{fails: func([]string) error { return lost }}

		require.Equal(t, []error{lost, lost, lost}, ask(t, testGroup(r), "a", "b", "c"))
		require.Len(t, r.flushes, 1, "it is not for the group to repeat")
	})
}

func TestGroupWaitsForALockedRowAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		unlock := time.Now().Add(time.Second)
		r := &recorder{locks: func(s string) bool { return s == "locked" && time.Now().Before(unlock) }}

		require.Equal(t, make([]error, 3), ask(t, testGroup(r), "a", "locked", "b"))
		require.WithinDuration(t, unlock, time.Now(), 200*time.Millisecond)
		require.Equal(t, []string{"a", "locked", "b"}, r.flushes[0])

		for _, later := range r.flushes[1:] {
			require.Equal(t, []string{"locked"}, later)
		}

		require.Less(t, len(r.flushes), 15, "the pauses grow")
	})
}

func TestGroupLosesPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := &recorder{locks: func(string) bool { return true }}

		require.Equal(t, []error{ErrLocked}, ask(t, testGroup(r), "locked"))
		require.WithinDuration(t, start.Add(5*time.Second), time.Now(), 200*time.Millisecond)
	})
}

func TestGroupLetsACallerGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		g := testGroup(r)

		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()

		_, err := g.do(ctx, "a", "a")
		require.ErrorIs(t, err, context.DeadlineExceeded)

		g.close()
		require.Empty(t, r.flushes, "nobody waits for it and nothing was begun")
	})
}

func TestGroupClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			r        = &recorder{takes: time.Second, locks: func(s string) bool { return s == "locked" }}
			g        = testGroup(r)
			start    = time.Now()
			answered atomic.Int32
			all      sync.WaitGroup
		)

		for _, key := range []string{"a", "b", "locked"} {
			all.Go(func() {
				if _, err := g.do(t.Context(), key, key); key == "locked" {
					require.ErrorIs(t, err, ErrLocked)
				} else {
					require.NoError(t, err)
				}

				answered.Add(1)
			})
		}

		synctest.Wait()
		g.close()
		all.Wait()
		require.EqualValues(t, 3, answered.Load())
		require.Equal(t, time.Second, time.Since(start), "the requests that gather are flushed at once")

		_, err := g.do(t.Context(), "d", "d")
		require.ErrorIs(t, err, ErrClosed)
	})
}
