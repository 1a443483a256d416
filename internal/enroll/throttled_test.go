package enroll_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An API that throttles does so to all calls in flight, and each asks for a longer pause than the one before.
func TestThrottledJobsAreOneLine(t *testing.T) {
	t.Parallel()

	const jobsWaiting = 20

	r := newRig(t)

	var (
		asked    = make(chan struct{}, jobsWaiting)
		together = make(chan struct{})
	)

	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}

		<-together
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	t.Cleanup(server.Close)

	r.api.BaseURL = server.URL
	r.config.InFlight = jobsWaiting
	r.publishMany(jobsWaiting)

	stop := r.start()

	for range jobsWaiting {
		select {
		case <-asked:
		case <-time.After(patience):
			close(together)
			t.Fatalf("not all jobs are called for at once: %s", r.log)
		}
	}

	close(together)
	stop() // once they are settled

	var said []string

	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, "throttled by the API") && !strings.Contains(line, "level=DEBUG") {
			said = append(said, line)
		}
	}

	require.Len(t, said, 2, "the first, and the number of the others: %s", said)
	require.Contains(t, said[0], "program=demo")
	require.Contains(t, said[1], "more=19")
}
