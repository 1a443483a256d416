// Package forget deletes what is kept of jobs that have ended: their rows and attempts, their dead letters and events, and what
// is kept of their files; and it proves what is left.
//
// The rows go first, and leave the digest of each job's id. By that the messages are found, so that whatever is killed in
// between, the same purge again finishes it. Nothing else remembers how far it came.
package forget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where jobs are kept (store.Store).
type Ledger interface {
	countLedger
	purgeLedger

	PurgedIDs(ctx context.Context, ids []string) (map[string]time.Time, error)
	Rows(ctx context.Context, ids []string) (map[string]store.Row, error)
}

// countLedger says what there is to purge.
type countLedger interface {
	Programs(ctx context.Context) ([]string, error)
	EndedJobs(ctx context.Context, scope store.EndedScope, after store.EndedJob, limit int) ([]store.EndedJob, error)
	OfConsumer(ctx context.Context, scope store.EndedScope) (ended []store.EndedJob, left int64, err error)
	CountEnded(ctx context.Context, scope store.EndedScope) (int64, error)
	NotEnded(ctx context.Context, scope store.EndedScope) (int64, error)
}

// purgeLedger deletes.
type purgeLedger interface {
	PurgeJobs(ctx context.Context, r store.PurgeRequest) (store.PurgeResult, error)
	AttemptsMonths(ctx context.Context, before time.Time) ([]store.AttemptsMonth, error)
	DropAttempts(ctx context.Context, month store.AttemptsMonth) (dropped bool, err error)
	LeftAttempts(ctx context.Context, before time.Time) (store.AttemptsMonth, error)
	PurgeOrphans(ctx context.Context, month store.AttemptsMonth, pause func(deleted int64) error) (deleted int64, err error)
	PurgeBatches(ctx context.Context, scope store.EndedScope) (deleted int64, err error)
}

// Stage is a part of a purge, in the order in which they are done.
type Stage string

// The stages.
const (
	StageRows     Stage = "rows"
	StageLetters  Stage = "dead letters"
	StageEvents   Stage = "events"
	StageAttempts Stage = "attempts"
	StageBatches  Stage = "batches"
)

// Options of a purge.
type Options struct {
	// Scope says which jobs are meant. Without programs, a batch or a consumer it means all programs.
	Scope store.EndedScope
	// Rate is how many jobs a second at most; zero for no limit.
	Rate float64
	// OnProgress, when set, is told how far a stage has come; a total of 0 is not known.
	OnProgress func(stage Stage, done, total int64)
	// Reached, when set, is told of each step that is committed. A test ends the purge there.
	Reached func(Stage)
}

// Account is what a purge is about, and what it has done.
type Account struct {
	// Jobs that have ended are meant. Purged of them are, with their Attempts; Left were locked by another transaction.
	Jobs     int64 `json:"jobs"`
	Purged   int64 `json:"purged"`
	Attempts int64 `json:"attempts"`
	Left     int64 `json:"left"`
	// NotEnded jobs of the scope, of whatever age, are never purged.
	NotEnded int64 `json:"not_ended"`

	Letters int64 `json:"letters"`
	Events  int64 `json:"events"`
	// Kept messages name the consumer and are of jobs that have not ended.
	Kept int64 `json:"kept_messages"`
	// Months of attempts were taken away as a whole.
	Months int64 `json:"months"`
	// Others are rows about lines and rejects of files, and about batches of the API.
	Others int64 `json:"other_rows"`

	// Done are the stages that came to their end.
	Done []Stage `json:"done"`
}

// ErrNoStream is wrapped where the queue has none of the streams.
var ErrNoStream = errors.New("the queue has no such stream")

// Purge deletes.
type Purge struct {
	ledger  Ledger
	js      jetstream.JetStream
	options Options
	limiter *rate.Limiter
	whole   bool // of all programs by age alone
	account Account
}

// New prepares a purge: it finds out what is meant, and changes nothing.
func New(ctx context.Context, js jetstream.JetStream, ledger Ledger, o Options) (*Purge, error) {
	p := &Purge{ledger: ledger, js: js, options: o, limiter: pace.Limiter(o.Rate, chunk)}
	scope := &p.options.Scope
	p.whole = len(scope.Programs) == 0 && scope.Batch == "" && scope.Consumer == ""

	if p.whole {
		var err error
		if scope.Programs, err = ledger.Programs(ctx); err != nil {
			return nil, err
		}
	}

	if p.options.OnProgress == nil {
		p.options.OnProgress = func(Stage, int64, int64) {}
	}

	if p.options.Reached == nil {
		p.options.Reached = func(Stage) {}
	}

	return p, p.count(ctx)
}

func (p *Purge) count(ctx context.Context) (err error) {
	scope := p.options.Scope

	if scope.Consumer != "" {
		ended, left, err := p.ledger.OfConsumer(ctx, scope)
		p.account.Jobs, p.account.NotEnded = int64(len(ended)), left

		return err
	}

	if p.account.Jobs, err = p.ledger.CountEnded(ctx, scope); err != nil {
		return err
	}

	p.account.NotEnded, err = p.ledger.NotEnded(ctx, scope)

	return err
}

// Account is how far it has come.
func (p *Purge) Account() Account { return p.account }

// Programs are those that are meant; none where a batch or a consumer of whatever program is. all says that they are all.
func (p *Purge) Programs() (names []string, all bool) { return p.options.Scope.Programs, p.whole }

const (
	// chunk is how many jobs a transaction purges: a tenth of a second for the database, and less for who waits for it.
	chunk = 250
	// pageSize is how many jobs are read at once.
	pageSize = 5000
)

// Run deletes. When it ends early, the error says what was left undone, and the same purge again does that.
func (p *Purge) Run(ctx context.Context) (Account, error) {
	stages := []struct {
		name Stage
		do   func(context.Context) error
	}{
		{StageRows, p.rows},
		{StageLetters, p.letters},
		{StageEvents, p.events},
		{StageAttempts, p.attempts},
		{StageBatches, p.batches},
	}

	for i, stage := range stages {
		if err := stage.do(ctx); err != nil {
			var undone []string
			for _, left := range stages[i:] {
				undone = append(undone, string(left.name))
			}

			return p.account, &UndoneError{Stages: undone, Err: err}
		}

		p.account.Done = append(p.account.Done, stage.name)
	}

	return p.account, nil
}

// UndoneError says what a purge has left undone, and why.
type UndoneError struct {
	Stages []string
	Err    error
}

func (e *UndoneError) Error() string {
	return fmt.Sprintf("%v; left undone: %s", e.Err, joined(e.Stages))
}

func (e *UndoneError) Unwrap() error { return e.Err }

// wait keeps to the rate.
func (p *Purge) wait(ctx context.Context, n int) error {
	for n > 0 {
		if err := p.limiter.WaitN(ctx, min(n, chunk)); err != nil {
			return fmt.Errorf("interrupted: %w", err)
		}

		n -= chunk
	}

	return nil
}
