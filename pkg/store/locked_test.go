package store_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// A table that somebody locks keeps every caller as long as patience lasts, and no longer: a flush is not tried in halves, each
// of which would wait for the same lock.
func TestALockedTableCostsNobodyMoreThanPatience(t *testing.T) {
	t.Parallel()

	const callers = 128

	for _, table := range []string{"enrollments", "attempts", "program_counts"} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()

			d := newDatabase(t, store.Options{})
			other := d.transaction(t, `LOCK TABLE `+table+` IN ACCESS EXCLUSIVE MODE`)

			var slowest atomic.Int64

			together(callers, func(i int) {
				start := time.Now()

				if _, err := d.Begin(t.Context(), beginRequest(fmt.Sprint("job-", i))); err == nil || !store.Retryable(err) {
					t.Error(err)
				} else if !t.Failed() {
					require.ErrorIs(t, err, store.ErrLocked)
				}

				for took := int64(time.Since(start)); ; {
					if was := slowest.Load(); took <= was || slowest.CompareAndSwap(was, took) {
						break
					}
				}
			})

			t.Logf("the last of %d answers came after %s", callers, time.Duration(slowest.Load()).Round(time.Millisecond))
			require.Less(t, time.Duration(slowest.Load()), 15*time.Second, "five seconds, on a machine that does much else")

			require.NoError(t, other.Rollback(t.Context()))
			begin(t, d.Store, beginRequest("afterwards"))
		})
	}
}
