package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options of a Store. The zero value is good for production.
type Options struct {
	// FlushDelay is how long a call waits for others to commit together with; 3 ms by default.
	FlushDelay time.Duration

	// FlushRows is how many calls commit at once at most, and without waiting; 300 by default.
	FlushRows int

	// Shards is over how many rows each count of a rollup is spread, so that workers
	// do not queue for one row; 16 by default, at most 1024. Stores may differ in it.
	Shards int

	// Logger is told what the Store deals with by itself; nowhere by default.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	const (
		delay  = 3 * time.Millisecond
		rows   = 300
		shards = 16
		most   = 1024 // each read of a rollup adds them up
	)

	if o.FlushDelay <= 0 {
		o.FlushDelay = delay
	}

	if o.FlushRows <= 0 {
		o.FlushRows = rows
	}

	if o.Shards <= 0 {
		o.Shards = shards
	}

	o.Shards = min(o.Shards, most)

	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}

	return o
}

// Limits of time. Each shorter one lets the caller learn of a trouble before the next longer one cuts it off.
const (
	lockTimeout      = 250 * time.Millisecond // waiting for a lock that SKIP LOCKED cannot pass by
	lockPatience     = 5 * time.Second        // trying for a row that another transaction holds
	connectTimeout   = 10 * time.Second
	statementTimeout = 15 * time.Second // on the server
	flushTimeout     = 20 * time.Second // of a whole transaction, when the server does not answer
	idleTimeout      = 30 * time.Second // on the server: a transaction whose worker has gone silent
)

// Flushes at once, and so connections: two are enough to keep a database busy with
// hundreds of rows each. The rest is for everything else.
const flushSlots = 2

// Connections is how many a Store uses at most, unless the URL says otherwise.
const Connections = 3*flushSlots + 2

// Store keeps jobs, attempts and batches in Postgres. It is safe for concurrent use.
type Store struct {
	db        *database
	shards    int
	steps     *group[attemptStep, stepResult]
	ends      *group[EndRequest, Claim]
	acts      *group[act, ActResult]
	ambiguous ambiguousCommits
	clock     clock
	rollUpBy  atomic.Int64 // how much time RollUp counts at once, in nanoseconds; zero for rollUpSpan
}

// Open connects to the database at url, a postgres:// URL or key=value string,
// and checks that this program works with its schema, which is the one it knows or a newer one whose migrations say so; the
// error wraps ErrSchema if it does not. It makes the partitions of attempts for the next months.
//
// The Store uses up to 8 connections (pool_max_conns in the URL) with timeouts for
// statements, locks and idle transactions; those given in the URL are kept.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	o = o.withDefaults()

	db, err := openDatabase(ctx, url)
	if err != nil {
		return nil, err
	}

	s := &Store{db: db, shards: o.Shards}

	if err := s.Ping(ctx); err != nil {
		db.pool.Close()
		return nil, err
	}

	if err := s.checkSchema(ctx, o.Logger); err != nil {
		db.pool.Close()
		return nil, err
	}

	if err := s.ReadClock(ctx); err != nil {
		db.pool.Close()
		return nil, err
	}

	if err := s.EnsurePartitions(ctx, s.Now()); err != nil {
		// Rows go to the default partition meanwhile: worth a word, not a stop.
		o.Logger.WarnContext(ctx, "the partitions of attempts could not be made", slog.Any("error", err))
	}

	settings := groupSettings{
		delay: o.FlushDelay, rows: o.FlushRows, slots: flushSlots, patience: lockPatience, timeout: flushTimeout,
	}
	s.steps = newGroup(settings, s.flushSteps)
	s.ends = newGroup(settings, s.flushEnds)
	s.acts = newGroup(settings, s.flushActs)

	return s, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// Close refuses new calls, waits for those that run and closes the connections.
func (s *Store) Close() {
	s.steps.close()
	s.ends.close()
	s.acts.close()
	s.db.pool.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	if err := s.db.ping(ctx); err != nil {
		return connecting(err)
	}

	return nil
}
