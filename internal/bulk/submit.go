// Package bulk turns files of cards into sealed jobs on the queue, and tells
// what became of every row: on the queue, rejected for a reason, or, when a run
// was cut short, still to be submitted.
package bulk

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// registryTimeout is for saving the batch after an interruption.
const registryTimeout = 10 * time.Second

// Submit validates and seals the rows of a source and publishes them as jobs.
//
// Faulty rows go to the rejects file and do not make an error. A *FileError
// means that the source as a whole cannot be taken, and nothing was sent. After
// any other error, an ended context included, the summary tells what is certain
// (see SettledRow), and the same call again goes on: the ids of the jobs are those
// of the rows (see JobID), so no row is enrolled twice.
//
// An ended context ends a Read only of the next chunk: to end a Read that
// blocks, of a terminal or a pipe, close the source.
func Submit(ctx context.Context, source Source, to Destination, o Options) (Summary, error) {
	o = o.withDefaults(source.Name)
	if err := o.check(to); err != nil {
		return Summary{}, fmt.Errorf("submitting %s: %w", source.Name, err)
	}

	if err := notItself(source, o.RejectsPath); err != nil {
		return Summary{}, err
	}

	if err := source.lock(); err != nil {
		return Summary{}, err
	}

	from, err := o.begun(source)
	if err != nil {
		return Summary{}, err
	}

	digest, err := source.digest(ctx)
	if err != nil {
		return Summary{}, err
	}

	if err := from.sameAs(source, digest); err != nil {
		return Summary{}, err
	}

	if digest == nil {
		o.StatePath = "" // what cannot be read twice cannot be gone on with
	}

	origin := source.origin()

	table, err := openTable(ctx, source)
	if err != nil {
		return Summary{}, err
	}

	rejects, err := newRejectsFile(o.RejectsPath, table.layout, o.StatePath != "")
	if err != nil {
		return Summary{}, err
	}

	if from != nil && from.Settled.Row > 0 {
		if err := errors.Join(table.skip(ctx, source, origin, from.Settled), rejects.goOn(from.Rejects)); err != nil {
			return Summary{}, err
		}
	}

	return newSubmission(source, to, o, digest, table, rejects, from).run(ctx)
}

// notItself refuses to write the rejects over the source.
func notItself(source Source, rejectsPath string) error {
	file, ok := source.Reader.(*os.File)
	if !ok {
		return nil
	}

	mine, err := file.Stat()
	if err != nil {
		return fmt.Errorf("looking at %s: %w", source.Name, err)
	}

	if other, err := os.Stat(rejectsPath); err == nil && os.SameFile(mine, other) {
		return fmt.Errorf("the rejects file %s is the file to be submitted: name another one", rejectsPath)
	}

	return nil
}

// submission is one run of a file, with the row that is kept of it.
type submission struct {
	registry Registry
	digest   []byte // of the source, nil when that could not be read twice
	batch    store.Batch
	options  Options
	pipeline pipeline
	keeper   *keeper
}

func newSubmission(
	source Source, to Destination, o Options, digest []byte, table *table, rejects *rejectsFile, from *checkpoint,
) *submission {
	account := newAccount(source.Size, o, from)
	keeper := &keeper{
		path: o.StatePath, every: o.CheckpointEvery, now: o.Now, warn: o.Warn,
		account: account, rejects: rejects,
		about: checkpoint{
			Version: checkpointVersion, Source: filepath.Base(source.Name), SourceSHA256: hex.EncodeToString(digest),
			SourceSize: source.Size, Batch: o.Batch, Program: o.Program, Meaning: o.meaning(),
		},
	}

	return &submission{
		registry: to.Registry,
		digest:   digest,
		batch:    store.Batch{ID: o.Batch, Program: o.Program, Source: filepath.Base(source.Name), StartedAt: o.Now()},
		options:  o,
		keeper:   keeper,
		pipeline: pipeline{
			table: table,
			rows: &rowSealer{
				layout: table.layout, sealer: to.Sealer, program: o.Program, batch: o.Batch, notAfter: o.NotAfter,
			},
			queue:   to.Queue,
			rejects: rejects,
			account: account,
			keeper:  keeper,
			rate:    o.limiter(),
			options: o,
		},
	}
}

func (s *submission) run(ctx context.Context) (Summary, error) {
	s.batch.SourceSHA256 = s.digest
	if err := s.save(ctx); err != nil {
		return Summary{}, err
	}

	s.keeper.begin()

	err := s.pipeline.run(ctx)
	summary := s.pipeline.account.total()

	if err != nil {
		summary.Interrupted = ctx.Err() != nil
	} else {
		summary.SourceSHA256 = s.pipeline.table.tap.sum.Sum(nil)
		err = s.unchanged(summary.SourceSHA256)
	}

	s.keeper.end(false) // before the rejects are in their place, and again when all is done

	where, lost := s.pipeline.rejects.finish(err == nil)
	if err = errors.Join(err, lost); lost == nil && summary.Rejected > 0 {
		summary.RejectsPath = where
	}

	if err = errors.Join(err, s.close(ctx, summary, err == nil)); err == nil {
		s.keeper.end(true)
	} else if s.keeper.there {
		summary.StatePath = s.options.StatePath
	}

	return summary, err
}

func (s *submission) unchanged(sum []byte) error {
	if s.digest != nil && !bytes.Equal(s.digest, sum) {
		return fmt.Errorf("%s was changed while it was read: what was sent may be neither the old file nor the new one",
			s.pipeline.table.name)
	}

	return nil
}

// close saves the totals, also of a run that was interrupted.
func (s *submission) close(ctx context.Context, summary Summary, complete bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), registryTimeout)
	defer cancel()

	s.batch.RowsRead, s.batch.RowsRejected = summary.RowsRead, summary.Rejected
	s.batch.RowsPublished, s.batch.RowsDuplicate = summary.Published, summary.Duplicates

	if complete {
		s.batch.SourceSHA256 = summary.SourceSHA256
		s.batch.CompletedAt = s.options.Now()
	}

	return s.save(ctx)
}

func (s *submission) save(ctx context.Context) error {
	if s.registry == nil {
		return nil
	}

	if err := s.registry.SaveBatch(ctx, s.batch); err != nil {
		return fmt.Errorf("keeping account of %s: %w", s.pipeline.table.name, err)
	}

	return nil
}
