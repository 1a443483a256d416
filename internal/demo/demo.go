// Package demo runs the whole system on one machine with nothing installed: an
// embedded queue and database, the sandbox, a worker, and a file of cards.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Options of a demo.
type Options struct {
	// Dir is where everything is kept; emptied first when an earlier demo made it.
	Dir string
	// File is the user's CSV; empty for the sample.
	File string
	// Keep stays up after the summary, until the context ends.
	Keep bool
	// Auth is how the worker's calls are authorized. Default mastercard.OAuth1.
	Auth mastercard.Scheme
	// PostgresSource says where the Postgres binaries come from.
	PostgresSource stack.Source
	Out            io.Writer
	Now            func() time.Time
}

// batch is the name under which the demo submits its file.
const batch = "demo"

// ErrInterrupted ends a demo that was told to stop before every row had its outcome.
var ErrInterrupted = errors.New("interrupted before every row had its outcome")

// Run brings a file of cards to outcomes. It returns nil when every row has a final one.
func Run(ctx context.Context, o Options) (err error) {
	source, closeSource, err := open(o.File)
	if err != nil {
		return err
	}
	defer closeSource()

	dir, err := fresh(o.Dir)
	if err != nil {
		return err
	}

	p := &parts{dir: dir}
	defer func() { err = errors.Join(err, p.close()) }()

	fmt.Fprintf(o.Out, "Starting everything on this machine, kept in %s\n", dir)

	if err := p.start(ctx, o); err != nil {
		return orInterrupted(ctx, err)
	}

	p.describe(o.Out)

	stop, err := p.work(ctx, o.Auth)
	if err != nil {
		return err
	}

	// The worker stops before what it works with is closed.
	p.onClose(stop)

	summary, err := p.submit(ctx, o, source)
	if err != nil {
		return orInterrupted(ctx, err)
	}

	if err := p.watch(ctx, o, summary); err != nil {
		return orInterrupted(ctx, err)
	}

	if err := p.report(ctx, o, summary); err != nil {
		return orInterrupted(ctx, err)
	}

	if o.Keep {
		console, err := p.console(ctx, o)
		if err != nil {
			return err
		}

		if err := p.invite(o.Out, o.Auth, console); err != nil {
			return err
		}

		<-ctx.Done()
		fmt.Fprintln(o.Out, "\nStopping.")
	}

	return nil
}

func orInterrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ErrInterrupted
	}

	return err
}

func open(path string) (cardfile.Source, func(), error) {
	if path == "" {
		return sample.Source(), func() {}, nil
	}

	source, closer, err := cardfile.Open(path)
	if err != nil {
		return cardfile.Source{}, nil, err
	}

	return source, func() { _ = closer.Close() }, nil
}

// work runs the worker until the returned function is called.
func (p *parts) work(ctx context.Context, auth mastercard.Scheme) (stop func() error, err error) {
	worker, err := p.worker(ctx, auth)
	if err != nil {
		return nil, err
	}

	ctx, cancel := context.WithCancel(ctx)
	started, ended := make(chan struct{}), make(chan error, 1)

	go func() {
		_, err := worker.Run(ctx, p.js, p.store, service.Options{Started: func(*enroll.Worker) error { close(started); return nil }})
		ended <- err
	}()

	stop = func() error {
		cancel()

		return <-ended
	}

	select {
	case <-started:
		return stop, nil
	case err := <-ended:
		cancel()

		return nil, err
	}
}

func (p *parts) submit(ctx context.Context, o Options, source cardfile.Source) (bulk.Summary, error) {
	sealer, err := p.sealer()
	if err != nil {
		return bulk.Summary{}, err
	}

	return bulk.Submit(ctx, source, bulk.Destination{
		Sealer:   sealer,
		Queue:    jobs.NewPublisher(p.js, jobs.PublisherOptions{}),
		Registry: p.store,
	}, bulk.Options{
		Program:     devkeys.Program,
		Batch:       batch,
		RejectsPath: p.rejects(),
		Now:         o.Now,
	})
}

// look is how often the demo looks at the rollup.
const look = 100 * time.Millisecond

// watch shows a bar until every published row has its final outcome.
func (p *parts) watch(ctx context.Context, o Options, summary bulk.Summary) error {
	bar := progress.New(o.Out, "enrolling", o.Now)
	defer bar.Close()

	ticker := time.NewTicker(look)
	defer ticker.Stop()

	total := summary.Published + summary.Duplicates

	for {
		state, err := p.store.Progress(ctx, batch)
		if err != nil {
			return err
		}

		settled := state.Settled()
		bar.Update(settled, total, fmt.Sprintf("%d retrying", state.ByStatus["retrying"]))

		if settled >= total {
			return nil
		}

		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.postgres.Done():
			return fmt.Errorf("the embedded Postgres has ended: %w", p.postgres.Err())
		case <-ticker.C:
		}
	}
}
