package control_test

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
)

// Two programs of one share have no more calls together than one of them alone; a third, of no share, has its own beside them.
func TestProgramsOfOneShareKeepTheRateTogether(t *testing.T) {
	t.Parallel()

	const rate, calls = 40, 60

	d := newDesk(t)
	of := func(program, share string) *control.Rate {
		bucket := control.New(d.js)
		clock := bucket.ClockBy(time.Now)
		require.NoError(t, clock.Set(t.Context()))

		return bucket.Rate(control.RateOptions{
			Program: program, Share: share, PerSecond: rate, Clock: clock, Logger: slog.New(slog.NewTextHandler(d.log, nil)),
		})
	}

	granted := map[string][]pace.Burst{}

	var (
		all sync.WaitGroup
		mu  sync.Mutex
	)

	for program, share := range map[string]string{"gold": "client.a", "blue": "client.a", "red": ""} {
		r := of(program, share)

		all.Go(func() {
			for got := 0; got < calls; {
				bursts, err := d.allocated(r, 5)
				if err != nil {
					t.Error(err)
					return
				}

				mu.Lock()
				granted[share] = append(granted[share], bursts...)
				mu.Unlock()

				for _, burst := range bursts {
					got += burst.Calls
				}
			}
		})
	}

	all.Wait()

	require.LessOrEqual(t, busiestSecond(granted["client.a"]), rate)
	require.LessOrEqual(t, busiestSecond(granted[""]), rate)
	require.Greater(t, busiestSecond(append(granted["client.a"], granted[""]...)), rate, "what is not shared is granted beside it")
}
