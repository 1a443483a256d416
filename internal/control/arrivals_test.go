package control_test

import (
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

// Longer, this test gives the figures of docs/decisions.md.
//
//nolint:gochecknoglobals // a flag of the test binary
var arriveFor = flag.Duration("arrive-for", 3*time.Second, "for how long calls are made")

// The whole way but for the jobs: four workers, each with a connection, a clock and a pacer of its own, call over HTTP, and the
// server notes when the calls come.
func TestCallsArriveAtTheAgreedRate(t *testing.T) {
	t.Parallel()

	const rate, callers = 200, 32

	var (
		mu       sync.Mutex
		arrivals []pace.Burst
		grants   []pace.Burst
	)

	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		at := time.Now()

		mu.Lock()
		defer mu.Unlock()

		arrivals = append(arrivals, pace.Burst{At: at, Calls: 1})
	}))
	t.Cleanup(api.Close)

	server := stacktest.NATS(t)
	d := newDeskAt(t, server)

	ctx, cancel := context.WithTimeout(t.Context(), *arriveFor)
	defer cancel()

	var all sync.WaitGroup

	for _, ahead := range []time.Duration{0, 2 * time.Second, -2 * time.Minute, 2 * time.Hour} {
		js, err := jetstream.New(stacktest.Connect(t, server))
		require.NoError(t, err)

		allocator := &granted{rate: d.rateBy(js, func() time.Time { return time.Now().Add(ahead) }, rate), mu: &mu, all: &grants}
		pacer := pace.NewPacer(pace.PacerOptions{Least: callers, Most: callers, Rate: rate, Allocator: allocator})
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: callers}, Timeout: time.Minute}

		for range callers {
			all.Go(func() {
				for pacer.Take(ctx) == nil {
					ended := pacer.Call(ctx).End
					get(ctx, client, api.URL)
					ended(pace.Succeeded)
				}
			})
		}
	}

	all.Wait()

	slices.SortFunc(arrivals, func(a, b pace.Burst) int { return a.At.Compare(b.At) })
	require.NotEmpty(t, arrivals)

	span := arrivals[len(arrivals)-1].At.Sub(arrivals[0].At).Seconds()
	busiest := busiestSecond(arrivals)
	t.Logf("%d calls in %.1f s: %.1f a second, of %d allowed; %d in the busiest second, wherever it starts",
		len(arrivals), span, float64(len(arrivals))/span, rate, busiest)

	// What this machine delays on the way may bring calls of one second into the next. What was granted never does.
	require.LessOrEqual(t, busiest, rate+rate/10)

	slices.SortFunc(grants, func(a, b pace.Burst) int { return a.At.Compare(b.At) })
	require.LessOrEqual(t, busiestSecond(grants), rate)
}

// granted notes what an allocator grants.
type granted struct {
	rate *control.Rate
	mu   *sync.Mutex
	all  *[]pace.Burst
}

func (g *granted) Allocate(ctx context.Context, want int, delay time.Duration) (pace.Grant, error) {
	grant, err := g.rate.Allocate(ctx, want, delay)

	g.mu.Lock()
	defer g.mu.Unlock()

	*g.all = append(*g.all, grant.Bursts...)

	return grant, err
}

func get(ctx context.Context, client *http.Client, url string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}

	if response, err := client.Do(request); err == nil {
		_ = response.Body.Close()
	}
}
