package forget

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// rows deletes the rows of jobs, and those of their attempts where these do not go by whole months.
func (p *Purge) rows(ctx context.Context) error {
	if p.options.Scope.Consumer != "" {
		ended, _, err := p.ledger.OfConsumer(ctx, p.options.Scope)
		if err != nil {
			return err
		}

		_, err = p.purgeAll(ctx, ended)

		return err
	}

	var last store.EndedJob

	for {
		page, err := p.ledger.EndedJobs(ctx, p.options.Scope, last, pageSize)
		if err != nil || len(page) == 0 {
			return err
		}

		purged, err := p.purgeAll(ctx, page)
		if err != nil {
			return err
		}

		if p.options.Scope.Batch != "" && purged == 0 {
			return fmt.Errorf("%d jobs of the batch are locked by another transaction", len(page))
		}

		last = page[len(page)-1]
	}
}

// purgeAll purges jobs, some hundreds in a transaction.
func (p *Purge) purgeAll(ctx context.Context, ended []store.EndedJob) (purged int64, err error) {
	for jobs := range slices.Chunk(ended, chunk) {
		if err := p.wait(ctx, len(jobs)); err != nil {
			return purged, err
		}

		result, err := p.ledger.PurgeJobs(ctx, store.PurgeRequest{
			IDs: ids(jobs), Before: p.options.Scope.Before, KeepAttempts: p.keepAttempts(),
		})
		if err != nil {
			return purged, err
		}

		purged += result.Jobs
		p.account.Purged += result.Jobs
		p.account.Attempts += result.Attempts
		p.account.Left += result.Left

		p.options.OnProgress(StageRows, p.account.Purged, max(p.account.Jobs, p.account.Purged))
		p.options.Reached(StageRows)
	}

	return purged, nil
}

func ids(jobs []store.EndedJob) (all []string) {
	for _, job := range jobs {
		all = append(all, job.JobID)
	}

	return all
}

// keepAttempts is the begin of the first month of attempts that cannot go as a whole, as jobs of all programs that ended in it
// are kept.
func (p *Purge) keepAttempts() time.Time {
	if !p.whole {
		return time.Time{}
	}

	before := p.options.Scope.Before.UTC()

	return time.Date(before.Year(), before.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// attempts takes months of attempts away whose jobs are purged.
func (p *Purge) attempts(ctx context.Context) error {
	if !p.whole {
		return nil
	}

	months, err := p.ledger.AttemptsMonths(ctx, p.keepAttempts())
	if err != nil {
		return err
	}

	for i, month := range months {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("interrupted: %w", err)
		}

		dropped, err := p.ledger.DropAttempts(ctx, month)
		if err != nil {
			return err
		}

		if dropped {
			p.account.Months++
		} else if err := p.orphans(ctx, month); err != nil {
			return err
		}

		p.options.OnProgress(StageAttempts, int64(i+1), int64(len(months)))
		p.options.Reached(StageAttempts)
	}

	left, err := p.ledger.LeftAttempts(ctx, p.keepAttempts())
	if err != nil {
		return err
	}

	return p.orphans(ctx, left)
}

// orphans deletes the attempts of purged jobs from a month in which many jobs have some that are not, or from what months that
// were taken away have left.
func (p *Purge) orphans(ctx context.Context, month store.AttemptsMonth) error {
	deleted, err := p.ledger.PurgeOrphans(ctx, month, func(n int64) error { return p.wait(ctx, int(n)) })
	p.account.Attempts += deleted

	return err
}

// batches deletes what is kept of files and batches of the API that are over.
func (p *Purge) batches(ctx context.Context) error {
	if p.options.Scope.Consumer != "" {
		return nil // nothing of a consumer is there
	}

	deleted, err := p.ledger.PurgeBatches(ctx, p.options.Scope)
	p.account.Others += deleted

	return err
}

func joined(texts []string) string { return strings.Join(texts, ", ") }
