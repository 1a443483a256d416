package browser_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
)

// How the API is called comes by itself, and can be read on a telephone without moving the table.
func TestCallsOfTheAPIAreWatched(t *testing.T) {
	t.Parallel()

	s := newSite(t)

	var calling atomic.Int64

	calling.Store(17)

	ctx, cancel := context.WithCancel(context.Background())
	ended, ticks := make(chan struct{}), make(chan time.Time)

	go func() {
		defer close(ended)

		control.New(s.js).Announce(ctx, ticks, func() control.Presence {
			return control.Presence{Worker: "w1", Programs: []control.ProgramPresence{{
				Name: "gold", MaxInFlight: 256, Calling: int(calling.Load()), AgreedRate: 400, Calls: &control.Rates{Minute: 300},
				Took: pace.Took{20: 100, 34: 10},
			}}}
		}, slog.New(slog.DiscardHandler))
	}()

	t.Cleanup(func() {
		cancel()
		<-ended
	})

	b := s.as("bob")
	b.looks(360, "light")
	b.goTo("/")
	b.shows("17 of 256")
	b.shows("300 of 400 (75 %)")
	b.shows("2.0 s")
	require.True(t, evaluate[bool](b, `(() => { const s = document.querySelector("table.calls").parentElement; window.same = s;
		return s.scrollWidth <= s.clientWidth })()`), "all of it is on the screen")

	calling.Store(18)

	for range 10 { // a worker tells of it now and then
		ticks <- time.Time{}
	}

	b.shows("18 of 256")
	require.True(t, evaluate[bool](b, `document.querySelector("table.calls").parentElement === window.same`), "nobody has loaded the page again")
}
