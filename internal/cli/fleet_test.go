package cli_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
)

// Longer and with more jobs, these tests give the figures of docs/decisions.md.
//
//nolint:gochecknoglobals // flags of the test binary
var (
	fleetRate   = flag.Int("fleet-rate", 40, "calls a second that four workers may make together")
	fleetJobs   = flag.Int("fleet-jobs", 120, "jobs that they have to do")
	wrongKeyFor = flag.Duration("wrong-key-for", 3*time.Second, "for how long jobs wait behind a wrong key")
)

// Four workers share the calls that their program may make a second, and use what they are allowed: judged by when the
// calls come to the API.
func TestFourWorkersKeepTheAgreedRate(t *testing.T) {
	t.Parallel()

	const workers = 4

	s := newSystem(t)
	s.program(fmt.Sprintf(`, "rate": %d`, *fleetRate))

	calls := s.recordCalls()

	for i := range workers {
		s.worker(fmt.Sprintf("worker-%d", i))
	}

	s.send("b1", *fleetJobs)
	s.settles("b1", *fleetJobs)

	var users int

	s.ask(`SELECT count(DISTINCT worker) FROM attempts`, &users)

	arrivals := calls.sorted()
	span := arrivals[len(arrivals)-1].Sub(arrivals[0]).Seconds()
	busiest := busiestSecond(arrivals)
	t.Logf("%d calls by %d workers in %.1f s: %.1f a second, of %d allowed; %d in the busiest second, wherever it starts",
		len(arrivals), users, span, float64(len(arrivals)-1)/span, *fleetRate, busiest)

	// What the machine delays between the worker's word and the arrival may bring a few calls of one second into the next:
	// those that go at once, at most. That none is let go too early is tested where the calls are let go.
	require.LessOrEqual(t, busiest, *fleetRate+max(*fleetRate/10, 1))
}

// arrivals are the times at which calls came to the API.
type arrivals struct {
	mu    sync.Mutex
	times []time.Time
}

// recordCalls puts a proxy before the API that notes when calls come.
func (s *system) recordCalls() *arrivals {
	s.t.Helper()

	const setting = "ENROLL_MASTERCARD_URL="

	api, err := url.Parse(strings.TrimPrefix(s.env[len(s.env)-1], setting))
	require.NoError(s.t, err)

	calls := &arrivals{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = api.Scheme, api.Host // the host stays: it is part of what is signed
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 1000},
	}

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.add(time.Now())
		proxy.ServeHTTP(w, r)
	}))
	s.t.Cleanup(server.Close)

	s.env[len(s.env)-1] = setting + server.URL + api.Path

	return calls
}

func (a *arrivals) add(at time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()

	a.times = append(a.times, at)
}

func (a *arrivals) sorted() []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()

	return slices.SortedFunc(slices.Values(a.times), time.Time.Compare)
}

// busiestSecond is the most calls in any second, wherever it starts.
func busiestSecond(sorted []time.Time) int {
	most, first := 0, 0

	for i, at := range sorted {
		for at.Sub(sorted[first]) >= time.Second {
			first++
		}

		most = max(most, i-first+1)
	}

	return most
}

// However long a wrong key stays, it costs no job an attempt: a probe now and then is refunded.
func TestAWrongKeyBurnsNothing(t *testing.T) {
	t.Parallel()

	const jobs = 100

	s := newSystem(t)
	mend := s.breakSigningKey()
	queued := max(jobs, *fleetJobs)
	worker := s.worker("halted")
	s.send("b1", queued)
	worker.says(t, "HALTED")

	select {
	case <-time.After(*wrongKeyFor): // the thing that is tested is the passing of time
	case <-t.Context().Done():
	}

	var calls, touched, charged int

	s.ask(`SELECT count(*) FROM attempts`, &calls)
	s.ask(`SELECT count(*), coalesce(sum(charged), 0) FROM enrollments WHERE status <> 'in_progress'`, &touched, &charged)
	t.Logf("%d jobs queued for %s behind a wrong key: %d calls, %d jobs touched, %d attempts charged", queued, *wrongKeyFor, calls, touched, charged)
	require.Zero(t, charged)

	mend()
	s.settles("b1", queued)
	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.Zero(t, worker.exit(t), worker.out)

	var enrolled, dearest int

	s.ask(`SELECT count(*), max(charged) FROM enrollments WHERE status = 'enrolled'`, &enrolled, &dearest)
	require.Equal(t, queued, enrolled)
	require.Equal(t, 1, dearest, "each was charged for the call that enrolled it")
}

// program adds members to the one program of the programs file.
func (s *system) program(members string) {
	s.t.Helper()

	file := filepath.Join(s.keys, "programs.json")
	text, err := os.ReadFile(file)
	require.NoError(s.t, err)

	i := strings.LastIndex(string(text), `"`) + 1
	require.NoError(s.t, os.WriteFile(file, append(text[:i:i], append([]byte(members), text[i:]...)...), 0o600))
}

// settles waits until n jobs of a batch have come to their end, however long that takes within reason.
func (s *system) settles(batch string, n int) {
	s.t.Helper()

	want := fmt.Sprintf("%d settled", n)

	eventually.True(s.t, func() bool {
		return strings.Contains(s.submit("status", batch), want)
	}, 5*time.Minute, 10*tick, "waiting for %s of batch %s", want, batch)
}

// ask reads one row from the database.
func (s *system) ask(query string, into ...any) {
	s.t.Helper()

	conn, err := pgx.Connect(s.t.Context(), strings.TrimPrefix(s.env[1], "ENROLL_DATABASE_URL="))
	require.NoError(s.t, err)

	defer func() { require.NoError(s.t, conn.Close(s.t.Context())) }()

	require.NoError(s.t, conn.QueryRow(s.t.Context(), query).Scan(into...))
}
