// Package fleet makes a worker one of many: it heeds what operators and other
// workers leave in the control bucket, and leaves word there itself.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/purge"
	"enroll.example/clicktopay/pkg/jobs"
)

// Member is one worker's part in the fleet.
type Member struct {
	name     string
	programs []string
	bucket   *control.Bucket
	clock    *control.Clock
	pauses   *control.Pauses
	pacers   map[string]*pace.Pacer
	cool     *coolDowns
	started  time.Time
	purger   *purge.Purger
	keys     func() []control.Key
	depths   depths
	logger   *slog.Logger
}

// Join reads what is paused before any job is taken, and has the worker that is made of the
// configuration heed it: pauses of operators, pauses that the API asked others for, and the
// rates that are shared. Streams, consumers and the bucket are made when they are missing.
func Join(ctx context.Context, js jetstream.JetStream, config *enroll.Config) (*Member, error) {
	bucket := control.New(js)
	programs := slices.Sorted(maps.Keys(config.Programs))
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	config.Topology.Programs = programs

	ensure := func(ctx context.Context) error {
		_, err := jobs.Ensure(ctx, js, config.Topology)
		return err
	}

	m := &Member{
		name:     config.Name,
		programs: programs,
		bucket:   bucket,
		clock:    bucket.Clock(),
		pauses:   bucket.WatchPauses(ensure, config.Logger),
		started:  time.Now(),
		purger:   purge.New(js, bucket, config.Keys, config.Logger),
		logger:   config.Logger,
	}

	allocator := func(p enroll.Program) pace.Allocator {
		return bucket.Rate(control.RateOptions{
			Program: p.Name, Share: p.RateShare, PerSecond: p.Rate, Burst: p.Burst, InFlight: cmp.Or(p.MaxInFlight, config.InFlight),
			Clock: m.clock, Logger: m.logger,
		})
	}
	m.pacers = enroll.NewPacers(config.Programs, enroll.PacerOptions{
		InFlight: config.InFlight, GuardWindow: config.GuardWindow, Gate: config.Gate, Allocator: allocator,
		Logger: config.Logger,
	})
	m.cool = newCoolDowns(bucket, m.clock, m.name, m.pacers, config.MaxCoolDown, m.logger)
	m.pauses.OnCoolDowns(m.cool.apply)
	config.Pauses, config.Pacers, config.Throttled = m.pauses, m.pacers, m.cool.share
	config.QueueNow, config.Crashes, config.Elsewhere = m.clock.Now, bucket.Crashes(), m.elsewhere

	err := ensure(ctx) // the first worker of all makes the bucket, which is no news
	if err == nil {
		err = m.clock.Set(ctx)
	}

	if err == nil {
		err = refreshed(ctx, m.pauses)
	}

	if err != nil && ctx.Err() == nil { // told to stop is no failure
		return nil, err
	}

	return m, nil
}

// purgeEvery is after what time the dead letters are looked through again when that could not be brought to an end.
const purgeEvery = 10 * time.Minute

// clockEvery is how often the server is asked for its time: in a minute two clocks part by a millisecond.
const clockEvery = time.Minute

// A bucket that was made a moment ago on several servers has no leader yet, and nobody answers for it.
const (
	firstLook = 10 * time.Second
	lookAgain = 100 * time.Millisecond
)

// refreshed reads the pauses for the first time: a worker does not begin before it knows them.
func refreshed(ctx context.Context, pauses *control.Pauses) error {
	ctx, cancel := context.WithTimeout(ctx, firstLook)
	defer cancel()

	for {
		err := pauses.Refresh(ctx)
		if !errors.Is(err, nats.ErrNoResponders) {
			return err
		}

		select {
		case <-ctx.Done():
			return err
		case <-time.After(lookAgain):
		}
	}
}

// ShowKeys has the keys that a worker has loaded told to operators. It is called before Keep.
func (m *Member) ShowKeys(keys func() []control.Key) { m.keys = keys }

// Start follows and tells until the returned function is called, so also while the worker
// stops because ctx has ended.
func (m *Member) Start(ctx context.Context, worker *enroll.Worker) (stop func()) {
	stopping := ctx.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))

	describe := func() control.Presence {
		presence := m.describe(worker)

		select {
		case <-stopping:
			presence.Stopping = true
		default:
		}

		return presence
	}

	var tasks sync.WaitGroup

	for _, task := range []struct {
		name  string
		every time.Duration
		run   func(ticks <-chan time.Time)
	}{
		{"pauses", control.TickInterval, func(ticks <-chan time.Time) { m.pauses.Run(ctx, ticks) }},
		{"clock and cool-downs", clockEvery, func(ticks <-chan time.Time) { m.cool.run(ctx, ticks) }},
		{"dead letters", purgeEvery, func(ticks <-chan time.Time) { m.purger.RunUntilDone(ctx, ticks) }},
		{"presence", control.TickInterval, func(ticks <-chan time.Time) { m.bucket.Announce(ctx, ticks, describe, m.logger) }},
	} {
		tasks.Go(func() { guard.Loop(ctx, m.logger, task.name, task.every, task.run) })
	}

	return func() {
		cancel()
		tasks.Wait()
	}
}

// elsewhere returns the programs of the other workers, of those as well that were there within the last hour: one that is
// restarted, or is away for a while, comes back for its jobs.
func (m *Member) elsewhere(ctx context.Context) (map[string]bool, error) {
	return m.bucket.KnownPrograms(ctx, m.clock.Now())
}

func (m *Member) describe(worker *enroll.Worker) control.Presence {
	account := worker.Summary()
	presence := control.Presence{
		Worker: m.name, Started: m.started,
		InFlight: worker.InFlight(), Acknowledged: account.Acknowledged, HandedBack: account.HandedBack,
		DatabaseAway: worker.DatabaseAway(),
	}

	if m.keys != nil {
		presence.Keys = m.keys()
	}

	for _, drift := range worker.Queue().Drifts {
		presence.Drifts = append(presence.Drifts, drift.String())
	}

	m.depths.note(time.Now(), worker.Queue().Backlog)

	for _, name := range m.programs {
		pacer := m.pacers[name]
		state, reading := pacer.State(), pacer.Meter.Read()
		presence.Programs = append(presence.Programs, control.ProgramPresence{
			Name: name, MaxInFlight: pacer.Limit(), CoolingUntil: state.CoolingUntil,
			Halt: stopOf(state.Halted, state), Trip: stopOf(state.Tripped, state), Failing: troubleOf(pacer.Guard.Trouble()),
			Calling: reading.Running, AgreedRate: pacer.Agreed, Calls: ratesOf(reading.Calls), Left: ratesOf(reading.Jobs),
			Took: reading.Took, Depths: m.depths.of(name, time.Now()),
		})
	}

	return presence
}

func stopOf(reason string, state pace.State) *control.Stop {
	if reason == "" {
		return nil
	}

	return &control.Stop{Reason: reason, Since: state.Since, NextProbe: state.NextProbe, Advice: state.Advice}
}

func troubleOf(t pace.Trouble) *control.Trouble {
	if t.Calls == 0 {
		return nil
	}

	return &control.Trouble{Reason: t.Reason, Since: t.Since, Calls: t.Calls}
}
