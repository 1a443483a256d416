package throughput_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
	"enroll.example/clicktopay/test/process"
)

// The default is enough to see that it works; `make bench-queue` sets another.
//
//nolint:gochecknoglobals // where the flags of a test binary have to be
var count = flag.Int("jobs", 60, "how many jobs are published, and how many go the whole way, with each queue")

const (
	// patience is for things that must happen, however slow the machine.
	patience = time.Minute
	// batchSize and batchesAtOnce are how a publisher sends: submit's default, and some at a time.
	batchSize, batchesAtOnce = 250, 4
	// inFlight is the default of the worker's setting.
	inFlight = 64
)

// Nothing is asserted of the times: they are the machine's.
//
//nolint:paralleltest,tparallel // the measurements come one after the other: they would take the machine from each other
func TestThroughput(t *testing.T) {
	t.Parallel()

	var table strings.Builder

	w := tabwriter.NewWriter(&table, 0, 0, 3, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "nodes\tsync\tjobs\tpublished a second\tbrought to an outcome a second\t")

	s := newSystem(t)

	for _, nodes := range []int{1, 3} {
		for _, sync := range []string{"default", "always"} {
			name := fmt.Sprintf("%d-%s", nodes, sync)

			t.Run(name, func(t *testing.T) {
				published, whole := s.measure(t, name, nodes, sync == "always")
				_, _ = fmt.Fprintf(w, "%d\t%s\t%d\t%.0f\t%.0f\t\n", nodes, sync, *count, published, whole)
			})
		}
	}

	require.NoError(t, w.Flush())
	t.Logf("\n%s", table.String())
}

// measure returns the rates with one queue: of publishing while nobody works, and of the whole way.
func (s *system) measure(t *testing.T, name string, nodes int, syncAlways bool) (published, whole float64) {
	t.Helper()

	url := startNodes(t, nodes, syncAlways)
	js := s.connect(t, url)
	streams := settings.Streams{Replicas: nodes}

	eventually.True(t, func() bool { // once the nodes have a leader
		_, err := jobs.Ensure(t.Context(), js, streams.Topology())
		return err == nil
	}, patience, 100*time.Millisecond)

	alone, worked := s.seal(t, name+"-a"), s.seal(t, name+"-b")

	published = rate(func() { publish(t, js, alone) })

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))

	outcomes := listen(t, js)
	s.work(t, js, streams)

	whole = rate(func() {
		publish(t, js, worked)
		wait(t, outcomes, worked)
	})

	return published, whole
}

// startNodes starts the nodes of a queue for one test and returns their URLs.
func startNodes(t *testing.T, n int, syncAlways bool) string {
	t.Helper()

	nodes, err := process.NewNodes(t.Context(), n, t.TempDir())
	require.NoError(t, err)

	urls := make([]string, n)

	for i, node := range nodes {
		node.Config.SyncAlways, node.Config.Quiet, node.Log = syncAlways, true, t.Output()
		require.NoError(t, node.Start(t.Context()))
		t.Cleanup(func() { require.True(t, node.Stop()) })

		urls[i] = node.URL()
	}

	return strings.Join(urls, ",")
}

// rate is how many jobs a second f deals with.
func rate(f func()) float64 {
	began := time.Now()

	f()

	return float64(*count) / time.Since(began).Seconds()
}

// publish stores the jobs in batches, as submit does.
func publish(t *testing.T, js jetstream.JetStream, all []jobs.Job) {
	t.Helper()

	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(batchesAtOnce)

	for batch := range slices.Chunk(all, batchSize) {
		group.Go(func() error {
			_, err := publisher.PublishBatch(ctx, batch)
			return err
		})
	}

	require.NoError(t, group.Wait())
	require.Equal(t, jobs.Receipt{Stored: int64(len(all))}, publisher.Receipt())
}

// listen receives outcomes as an upstream system does.
func listen(t *testing.T, js jetstream.JetStream) <-chan jobs.Outcome {
	t.Helper()

	outcomes := make(chan jobs.Outcome, *count)

	subscription, err := js.Conn().Subscribe(jobs.OutcomeSubject("*", "*"), func(msg *nats.Msg) {
		var outcome jobs.Outcome
		if json.Unmarshal(msg.Data, &outcome) == nil {
			outcomes <- outcome
		}
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = subscription.Unsubscribe() })

	return outcomes
}

// wait returns when every job has its outcome.
func wait(t *testing.T, outcomes <-chan jobs.Outcome, of []jobs.Job) {
	t.Helper()

	missing := make(map[string]bool, len(of))
	for _, job := range of {
		missing[job.ID] = true
	}

	for len(missing) > 0 {
		select {
		case outcome := <-outcomes:
			require.Equal(t, string(store.StatusEnrolled), outcome.Status, outcome)
			delete(missing, outcome.ID)
		case <-time.After(patience):
			require.Fail(t, "no outcome came", "%d jobs wait", len(missing))
		}
	}
}

// work runs a worker until the test ends.
func (s *system) work(t *testing.T, js jetstream.JetStream, streams settings.Streams) {
	t.Helper()

	worker, err := service.Settings{
		API: s.keys.API(s.api, patience), Worker: s.keys.Worker("throughput", inFlight, patience), Streams: streams,
	}.Load(t.Context(), slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})))
	require.NoError(t, err)

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)

	go func() {
		_, err := worker.Run(ctx, js, s.ledger, service.Options{})
		ended <- err
	}()

	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
}

// seal makes the jobs of one measurement, each with a card of its own.
func (s *system) seal(t *testing.T, prefix string) []jobs.Job {
	t.Helper()

	all := make([]jobs.Job, *count)

	for i := range all {
		var err error

		s.cards++
		all[i], err = s.sealer.Seal(jobs.Job{ID: fmt.Sprintf("%s-%d", prefix, i), Program: s.program}, parts.Payload(sandbox.PAN(0, s.cards)))
		require.NoError(t, err)
	}

	return all
}
