package bulk

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/outfile"
	"enroll.example/clicktopay/internal/outstream"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Queue takes sealed jobs. *jobs.Publisher is one.
type Queue interface {
	PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error)
}

// Registry keeps what is known of a batch. *store.Store is one.
type Registry interface {
	SaveBatch(ctx context.Context, b store.Batch) error
	SaveRejects(ctx context.Context, batchID string, rejects []store.Reject) error
	// SaveLines keeps on which lines the rows are, from the first run's row on.
	SaveLines(ctx context.Context, batchID string, runs []store.LineRun) error
	// Progress of a batch that was submitted before, else an error that wraps store.ErrNoBatch.
	Progress(ctx context.Context, batchID string) (store.Progress, error)
	// ClaimBatch saves a batch unless its content was sent as another one of the program, which it returns.
	ClaimBatch(ctx context.Context, b store.Batch) (earlier store.Batch, found bool, err error)
	// SameContent finds the batch that a file with the same content was sent as, the named one if it is one.
	SameContent(ctx context.Context, program, batchID string, sha256 []byte) (store.Batch, bool, error)
	// Known returns which of these jobs need not be sent again.
	Known(ctx context.Context, ids []string) (map[string]bool, error)
}

// Destination is where the jobs of a file go.
type Destination struct {
	Sealer *jobs.Sealer
	Queue  Queue
	// Registry may be nil: then no row is kept for the batch, and nobody notices
	// when another file is submitted under its name.
	Registry Registry
}

// Options say what to make of a file. Program and Batch are required.
type Options struct {
	// Program and Batch are those of every job; see jobs.Job for their rules.
	Program, Batch string
	// NotAfter, when set, is the time past which the jobs are not sent to the API.
	NotAfter time.Time
	// Input says how the source is to be read.
	Input cardfile.Input
	// Ending says what the source must end with, which is looked at before anything is sent.
	Ending check.Ending
	// MinGood is how many rows of a hundred must be good, else nothing is sent. It
	// has no effect on a source that can be read only once.
	MinGood float64
	// RejectsPath is where the rejected rows are written, default the source's
	// name with ".rejects.csv" behind it. What is there is replaced when it is a
	// rejects file, and refused before anything is sent when it is not. A device, a
	// pipe or an open descriptor such as /dev/stdout is written to.
	RejectsPath string
	stream      *outstream.Stream // which that is; nil for a file
	// StatePath is where the checkpoint is kept from which the same call resumes after
	// an interruption. Empty: none is kept, and a run begins at the first row.
	StatePath string
	// Restart begins at the first row although there is a checkpoint, and replaces that.
	Restart bool
	// Again sends a file although its content was sent as another batch.
	Again bool
	// CheckpointEvery is the least time between two checkpoints, default 1 s.
	CheckpointEvery time.Duration
	// Warn gets a sentence about each fault that does not end the run.
	Warn func(string)
	// Rate is the number of rows a second that are sent at most; 0 is no limit.
	Rate float64
	// Sealers is how many rows are validated and sealed side by side, default one a processor.
	Sealers int
	// BatchSize is the number of rows that are published together, default 500, at most jobs.MaxBatch.
	BatchSize int
	// InFlight is the number of such batches that wait for their acknowledgement, default 4.
	InFlight int
	// Grace is how long batches in flight may go on after an interruption, default 10 s.
	Grace time.Duration
	// Now is the clock, default time.Now.
	Now func() time.Time
	// OnProgress is called after each batch, one call at a time, and should return at once.
	OnProgress func(Progress)
	// OnCheck is called in the same way while a source is looked at before it is
	// sent, and OnChecked with what was found when it is going to be sent, OnRefused when it is not, for too many rejects.
	OnCheck   func(Progress)
	OnChecked func(check.Findings)
	OnRefused func(check.Findings)
}

const (
	defaultBatchSize = 500
	defaultInFlight  = 4
	defaultGrace     = 10 * time.Second
	defaultKeep      = time.Second
)

// check returns every fault of the settings.
func (o Options) check(to Destination) error {
	var errs []error

	if err := jobs.CheckProgram(o.Program); err != nil {
		errs = append(errs, fmt.Errorf("program %w", err))
	}

	if !jobs.ValidID(o.Batch) {
		errs = append(errs, fmt.Errorf("batch %q is not 1 to 64 of A-Z a-z 0-9 . _ -", pan.MaskText(o.Batch)))
	}

	if !o.NotAfter.IsZero() && !o.NotAfter.After(o.Now()) {
		errs = append(errs, fmt.Errorf("not after %s is past: no job would be sent", o.NotAfter.Format(time.RFC3339)))
	}

	if o.BatchSize < 0 || o.BatchSize > jobs.MaxBatch {
		errs = append(errs, fmt.Errorf("batch size %d is not 1 to %d", o.BatchSize, jobs.MaxBatch))
	}

	if o.Rate < 0 {
		errs = append(errs, fmt.Errorf("rate %v is not a number of rows a second", o.Rate))
	}

	if to.Sealer == nil || to.Queue == nil {
		errs = append(errs, errors.New("a sealer and a queue are needed"))
	}

	return errors.Join(errs...)
}

// checkPaths refuses what is at the paths of the run's own files and is no file, before
// the source is looked at, which can take minutes.
func (o Options) checkPaths() error {
	if _, err := outstream.Is(o.RejectsPath); err != nil {
		return rejects.WrapError(err)
	}

	if err := outfile.Check(o.StatePath); err != nil { // there is nothing at an empty path
		return fmt.Errorf("the checkpoint: %w", err)
	}

	return nil
}

// limiter lets a batch at a time through.
func (o Options) limiter() *rate.Limiter {
	if o.Rate == 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}

	return rate.NewLimiter(rate.Limit(o.Rate), o.BatchSize)
}

func (o Options) withDefaults(source string) Options {
	if o.RejectsPath == "" {
		o.RejectsPath = source + ".rejects.csv"
		if outstream.IsDescriptor(source) { // in the working folder, as those of standard input
			o.RejectsPath = filepath.Base(o.RejectsPath)
		}
	}

	if o.Sealers <= 0 {
		o.Sealers = runtime.GOMAXPROCS(0)
	}

	if o.BatchSize == 0 {
		o.BatchSize = defaultBatchSize
	}

	if o.Rate > 0 { // a batch is sent at once: it must not be more than a second's worth
		o.BatchSize = max(1, min(o.BatchSize, int(o.Rate)))
	}

	if o.InFlight <= 0 {
		o.InFlight = defaultInFlight
	}

	if o.Grace <= 0 {
		o.Grace = defaultGrace
	}

	if o.CheckpointEvery <= 0 {
		o.CheckpointEvery = defaultKeep
	}

	if o.Warn == nil {
		o.Warn = func(string) {}
	}

	if o.Now == nil {
		o.Now = time.Now
	}

	if o.OnProgress == nil {
		o.OnProgress = func(Progress) {}
	}

	if o.OnCheck == nil {
		o.OnCheck = func(Progress) {}
	}

	if o.OnRefused == nil {
		o.OnRefused = func(check.Findings) {}
	}

	if o.OnChecked == nil {
		o.OnChecked = func(check.Findings) {}
	}

	return o
}
