package fleet_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/fleet"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// With these, the test gives the figures of docs/decisions.md.
//
//nolint:gochecknoglobals // flags of the test binary
var (
	idleWorkers  = flag.Int("idle-workers", 2, "workers that have nothing to do")
	idlePrograms = flag.Int("idle-programs", 2, "programs of each")
	idleFor      = flag.Duration("idle-for", 0, "measure for so long instead of for some rounds of looks")
)

// requests counts what the workers ask of the queue, by kind.
type requests struct {
	mu    sync.Mutex
	kinds map[string]int
}

func (r *requests) count(msg *nats.Msg) {
	kind := msg.Subject

	if api, ok := strings.CutPrefix(kind, "$JS.API."); ok {
		tokens := strings.Split(api, ".")
		kind = strings.Join(tokens[:min(len(tokens), 2)], ".")

		if strings.HasPrefix(api, "CONSUMER.MSG.NEXT.") {
			kind = "CONSUMER.MSG.NEXT"
		}
	} else {
		kind = "write of " + strings.Split(kind, ".")[2]
	}

	r.mu.Lock()
	defer r.mu.Unlock()

	r.kinds[kind]++
}

func (r *requests) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()

	clear(r.kinds)
}

func (r *requests) perSecond(seconds float64) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()

	total := 0

	for _, kind := range slices.SortedFunc(maps.Keys(r.kinds), func(a, b string) int { return cmp.Compare(r.kinds[b], r.kinds[a]) }) {
		lines = append(lines, fmt.Sprintf("%-24s %8.1f a second", kind, float64(r.kinds[kind])/seconds))
		total += r.kinds[kind]
	}

	return append(lines, fmt.Sprintf("%-24s %8.1f a second", "all", float64(total)/seconds))
}

// idle are workers that have nothing to do, at a queue of three nodes.
type idle struct {
	t       *testing.T
	cluster *stacktest.NATSCluster
	looks   []*atomic.Int64 // at the queue, by worker
	asked   requests
}

func newIdle(t *testing.T) *idle {
	t.Helper()

	i := &idle{t: t, cluster: stacktest.Cluster(t), asked: requests{kinds: map[string]int{}}}
	programs := map[string]enroll.Program{}

	for n := range *idlePrograms {
		name := fmt.Sprint("program-", n)
		programs[name] = enroll.Program{Name: name, SrcClientID: "c", ServiceID: "s"}
	}

	for n := range *idleWorkers {
		i.start(fmt.Sprint("worker-", n), programs)
	}

	conn := i.cluster.Connect(t)

	for _, subject := range []string{"$JS.API.>", "$KV.>"} {
		_, err := conn.Subscribe(subject, i.asked.count)
		require.NoError(t, err)
	}

	require.NoError(t, conn.Flush())

	return i
}

func (i *idle) start(name string, programs map[string]enroll.Program) {
	i.t.Helper()

	js, err := jetstream.New(i.cluster.Connect(i.t))
	require.NoError(i.t, err)

	looks := new(atomic.Int64)
	i.looks = append(i.looks, looks)
	ring := parts.Ring(i.t, parts.IntakeKey(i.t))
	config := enroll.Config{
		Name: name, Programs: programs, Topology: jobs.Topology{Replicas: 3},
		Keys: func() *jobs.KeyRing { return ring }, HMACKeys: func() []enroll.HMACKey { return nil },
		Inspected: func(jobs.Inspection) { looks.Add(1) }, Logger: slog.New(slog.DiscardHandler),
	}

	if *idleFor == 0 {
		config.InspectEvery = 50 * time.Millisecond
	}

	member, err := fleet.Join(i.t.Context(), js, &config)
	require.NoError(i.t, err)
	worker, err := enroll.New(js, nil, nil, config) // with no jobs, neither the database nor the API is asked
	require.NoError(i.t, err)

	ctx, cancel := context.WithCancel(context.Background())
	leave := member.Start(ctx, worker)
	ended := make(chan error, 1)

	go func() {
		_, err := worker.Run(ctx)
		leave()

		ended <- err
	}()

	i.t.Cleanup(func() {
		cancel()

		if err := <-ended; err != nil {
			i.t.Error(err)
		}
	})
}

// rounds waits until each worker has looked at the queue so many times more.
func (i *idle) rounds(n int64) {
	i.t.Helper()

	until := make([]int64, len(i.looks))
	for w, looks := range i.looks {
		until[w] = looks.Load() + n
	}

	for w, looks := range i.looks {
		eventually.True(i.t, func() bool { return looks.Load() >= until[w] }, 2*time.Minute, 10*time.Millisecond)
	}
}

// measure lets some time pass and logs what that cost.
func (i *idle) measure(pass func()) (metaEntries uint64) {
	i.t.Helper()

	i.asked.reset()

	entries, bytes, began := i.cluster.MetaEntries(), i.cluster.Bytes(), time.Now()

	pass()

	took := time.Since(began).Seconds()
	metaEntries = i.cluster.MetaEntries() - entries

	for _, line := range i.asked.perSecond(took) {
		i.t.Log(line)
	}

	i.t.Logf("in %.0f s: meta group %.1f entries a minute, nodes sent %.0f kB a second",
		took, float64(metaEntries)/took*60, float64(i.cluster.Bytes()-bytes)/took/1000)

	return metaEntries
}

// Idle workers ask little of a cluster, and nothing that its meta group has to agree on: not even when they look at
// the queue again and again.
func TestIdleWorkersLeaveTheMetaGroupAlone(t *testing.T) {
	t.Parallel()

	const (
		looks = 6
		tries = 5 // an election, on a machine that does much else, is an entry as well
	)

	i := newIdle(t)
	i.rounds(1)

	pass := func() { i.rounds(looks) }
	if *idleFor > 0 {
		pass = func() {
			select {
			case <-time.After(*idleFor): // the thing that is tested is the passing of time
			case <-t.Context().Done():
			}
		}
	}

	for range tries {
		if i.measure(pass) == 0 {
			return
		}
	}

	t.Fatal("the log of the meta group grows while nothing is to be done")
}
