package chaos

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/skew"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/process"
)

// harness is the whole system. Its parts are closed in the opposite order of their opening.
type harness struct {
	options  Options
	keys     devkeys.Dir
	api      *api
	database *database
	nodes    []*process.Node
	slots    []*slot
	js       jetstream.JetStream
	closers  []func()
}

func (h *harness) onClose(f func()) { h.closers = append(h.closers, f) }

func (h *harness) close() {
	for _, end := range slices.Backward(h.closers) {
		end()
	}
}

// open starts everything. What was opened before a failure is closed by close.
func (h *harness) open(ctx context.Context) error {
	if err := os.MkdirAll(h.options.Dir, 0o755); err != nil { //nolint:gosec // Postgres' own user must be able to walk through
		return fmt.Errorf("making the directory of the run: %w", err)
	}

	h.keys = devkeys.Dir(filepath.Join(h.options.Dir, "keys"))
	if err := os.MkdirAll(string(h.keys), 0o700); err != nil {
		return fmt.Errorf("making the folder of keys: %w", err)
	}

	if err := writePrograms(h.keys); err != nil {
		return err
	}

	if _, err := h.keys.Make(sandbox.KeyID(time.Now())); err != nil {
		return err
	}

	if err := writePushKey(h.keys); err != nil {
		return err
	}

	for _, open := range []func(context.Context) error{h.openAPI, h.openDatabase, h.openNodes, h.openQueue, h.openSlots} {
		if err := open(ctx); err != nil {
			return err
		}
	}

	return nil
}

func (h *harness) openAPI(ctx context.Context) (err error) {
	if h.api, err = startAPI(ctx, h.keys); err == nil {
		h.onClose(h.api.close)
	}

	return err
}

func (h *harness) openDatabase(ctx context.Context) error {
	h.database = &database{dir: filepath.Join(h.options.Dir, "postgres"), bin: h.options.Bin}
	if err := h.database.start(ctx); err != nil {
		return err
	}

	h.onClose(func() { _ = h.database.stop(context.WithoutCancel(ctx)) }) // it has ended in any case

	if err := h.options.Upgrade.prepare(ctx, h.database.url()); err != nil {
		return err
	}

	_, err := skew.NewPostgres(ctx, h.database.url())

	return err
}

// openNodes starts the cluster.
func (h *harness) openNodes(ctx context.Context) error {
	all, err := process.NewNodes(ctx, nodes, h.options.Dir)
	if err != nil {
		return err
	}

	for _, n := range all {
		n.Config.SyncAlways = true

		if n.Log, err = h.openLog(n.Config.Name); err != nil {
			return err
		}
	}

	h.nodes = all

	for _, n := range h.nodes {
		if err := n.Start(ctx); err != nil {
			return err
		}

		h.onClose(func() { n.Kill() })
	}

	return nil
}

// queueStarts is how long the cluster may take to elect its leaders.
const queueStarts = 30 * time.Second

// openQueue connects to the cluster and makes the streams once it has a leader.
func (h *harness) openQueue(ctx context.Context) error {
	urls := make([]string, len(h.nodes))
	for i, n := range h.nodes {
		urls[i] = n.URL()
	}

	const again = 100 * time.Millisecond

	nc, err := nats.Connect(strings.Join(urls, ","), nats.Name("chaos"), nats.MaxReconnects(-1), nats.ReconnectWait(again))
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}

	h.onClose(nc.Close)

	if h.js, err = jetstream.New(nc); err != nil {
		return fmt.Errorf("preparing JetStream: %w", err)
	}

	if err := persist(ctx, queueStarts, func() error {
		_, err := jobs.Ensure(ctx, h.js, streams().Topology())
		return err
	}); err != nil {
		return fmt.Errorf("making the streams: %w", err)
	}

	return h.keepRepetitions(ctx)
}

// keepRepetitions has the streams of events and letters take what was published before, so that the checker sees every word that
// was said, and not the first alone.
func (h *harness) keepRepetitions(ctx context.Context) error {
	const shortest = 100 * time.Millisecond // that the server takes

	for _, config := range streams().Topology().Streams() {
		if config.Name != jobs.StreamOutcomes && config.Name != jobs.StreamDead {
			continue
		}

		config.Duplicates = shortest

		if err := persist(ctx, queueStarts, func() error {
			_, err := h.js.UpdateStream(ctx, config)
			return err
		}); err != nil {
			return fmt.Errorf("changing %s: %w", config.Name, err)
		}
	}

	return nil
}

// openSlots makes the places of the workers, each with links of its own, and starts the first workers.
func (h *harness) openSlots(ctx context.Context) error {
	for i := range workers {
		log, err := h.openLog(fmt.Sprintf("worker-%d", i))
		if err != nil {
			return err
		}

		s := &slot{number: i, links: map[Link][]*proxy{}, log: log, build: h.options.Upgrade.old()}
		h.slots = append(h.slots, s)
		h.onClose(s.close)

		targets := map[Link][]func() string{
			LinkAPI:      {func() string { return h.api.addr }},
			LinkPostgres: {h.database.addr},
		}
		for _, n := range h.nodes {
			targets[LinkNATS] = append(targets[LinkNATS], func() string { return process.Address(n.Config.Client) })
		}

		for link, all := range targets {
			for _, target := range all {
				p, err := newProxy(ctx, target)
				if err != nil {
					return err
				}

				s.links[link] = append(s.links[link], p)
			}
		}

		if err := h.configure(s); err != nil {
			return err
		}

		if err := s.start(ctx); err != nil {
			return err
		}

		h.onClose(func() { s.current().Kill() })
	}

	return nil
}

func (h *harness) configure(s *slot) (err error) {
	s.config = workerConfig{API: "http://" + s.links[LinkAPI][0].addr() + sandbox.BasePath, Keys: h.keys}
	for _, p := range s.links[LinkNATS] {
		s.config.NATS = append(s.config.NATS, "nats://"+p.addr())
	}

	s.config.Database, err = h.database.through(s.links[LinkPostgres][0])

	return err
}

func (h *harness) openLog(name string) (*os.File, error) {
	log, err := os.OpenFile(filepath.Join(h.options.Dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a log: %w", err)
	}

	h.onClose(func() { _ = log.Close() }) // the children have copies of their own

	return log, nil
}

// persist repeats what the cluster may refuse while it elects a leader.
func persist(ctx context.Context, most time.Duration, try func() error) error {
	const first, longest = 50 * time.Millisecond, time.Second

	return backoff.Retry(try, backoff.WithContext(backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(first), backoff.WithMaxInterval(longest), backoff.WithMaxElapsedTime(most)), ctx))
}
