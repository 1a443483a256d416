// Package bulk sends files of cards as sealed jobs to the queue, and says what became of every row: on the queue, rejected for a
// reason, or, when a run was interrupted, still to be sent.
//
// The way of a row, with the package of each step; none imports one to its right:
//
//	bytes -> cardfile (records) -> columns (rows) -> rejects, check (good, or rejected and why) -> bulk (seal, publish, checkpoint)
//
// Submit checks the file first, where it can be read twice, and then runs a pipeline: pipeline.run shows the way of the rows in
// one function, and rowSealer.seal that of one row until it is a job. A checkpoint says how far the file is settled, so that the
// same call resumes there.
package bulk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// registryTimeout is for saving the batch after an interruption.
const registryTimeout = 10 * time.Second

// Submit validates and seals the rows of a source and publishes them as jobs.
//
// Faulty rows go to the rejects file and do not make an error. A *FileError
// means that the source as a whole cannot be taken, and nothing was sent. After
// any other error, an ended context included, the summary tells what is certain
// (see SettledRow), and the same call again resumes: the ids of the jobs are those
// of the rows (see JobID), so no row is enrolled twice.
//
// An ended context ends a Read only of the next chunk: to end a Read that
// blocks, of a terminal or a pipe, close the source.
func Submit(ctx context.Context, source cardfile.Source, to Destination, o Options) (Summary, error) {
	o = o.withDefaults(source.Name)
	if err := o.check(to); err != nil {
		return Summary{}, fmt.Errorf("submitting %s: %w", pan.MaskText(source.Name), err)
	}

	if err := o.checkFor(source); err != nil {
		return Summary{}, err
	}

	release, err := source.Lock()
	if err != nil {
		return Summary{}, err
	}
	defer release()

	from, err := o.loadCheckpoint(source)
	if err != nil {
		return Summary{}, err
	}

	if from != nil {
		source.Limit = from.SourceSize // what was appended since is another run's
	}

	if o.stream, err = rejects.OpenStream(ctx, o.RejectsPath, o.Warn); err != nil {
		return Summary{}, err
	}
	defer o.stream.Close() //nolint:errcheck // each write was waited for

	if o.mustSeeEnd() && source.Rewindable() == nil {
		if source, err = source.ReadIntoMemory(ctx); err != nil {
			return Summary{}, err
		}
	}

	origin, modified := source.StartOffset(), source.Modified()

	findings, err := checkBeforeSending(ctx, source, o)
	if err != nil {
		return Summary{}, from.preferChanged(ctx, source, origin, err)
	}

	source.Checked, source.Unended = findings.Checked, findings.Unended
	if source.Checked != nil {
		source.Checked.Modified = modified
	}

	if err := verifyUnchanged(source, from, origin); err != nil {
		return Summary{}, err
	}

	if findings.SourceSHA256 == nil {
		o.StatePath = "" // what cannot be read twice cannot be gone on with
	}

	return sendChecked(ctx, source, origin, to, o, findings, from)
}

// verifyUnchanged refuses a file that is not the one of the checkpoint, or that its writer has not come to the end of.
func verifyUnchanged(s cardfile.Source, from *checkpoint, origin int64) error {
	left, err := s.Remainder(s.Checked, origin)
	if err != nil {
		return err
	}

	if err := from.verifySource(s, left); err != nil {
		return err
	}

	return left.RequireComplete()
}

// sendChecked sends what was checked.
func sendChecked(
	ctx context.Context, source cardfile.Source, origin int64, to Destination, o Options, findings check.Findings, from *checkpoint,
) (Summary, error) {
	table, err := columns.Open(ctx, source, o.Input, columns.RunNames(o.Batch, o.Program, source.Name))
	if err != nil {
		return Summary{}, err
	}
	defer table.Close()

	to.skipKnownJobs(ctx, o.Batch)

	s, err := newSubmission(source, to, o, findings, table, from)
	if err != nil {
		return Summary{}, err
	}

	if from != nil && from.Settled.Row > 0 {
		if err := errors.Join(table.SkipTo(ctx, source, origin, from.Settled), s.pipeline.rejects.Resume(from.Rejects)); err != nil {
			return Summary{}, err
		}

		o.warnPartialRejects(from)
	}

	summary, err := s.run(ctx)
	if err != nil {
		return summary, err
	}

	left, err := source.Remainder(source.Checked, origin)
	if !left.None() {
		left.Packed, left.Header = !table.Plain() || table.Text.EndsInCR(), table.HeaderEnd
		summary.Remainder = left
	}

	return summary, err
}

// checkFor looks at the names of a run and at where it writes, before the source is read.
func (o Options) checkFor(source cardfile.Source) error {
	if err := o.checkNames(source.Name); err != nil {
		return err
	}

	if err := refuseSourceAsRejects(source, o.RejectsPath); err != nil {
		return err
	}

	return o.checkPaths()
}

// refuseSourceAsRejects refuses to write the rejects over the source.
func refuseSourceAsRejects(source cardfile.Source, rejectsPath string) error {
	file, ok := source.Reader.(*os.File)
	if !ok {
		return nil
	}

	mine, err := file.Stat()
	if err != nil {
		return fmt.Errorf("looking at %s: %w", source.Name, err)
	}

	// A terminal or /dev/null can be read from and written to.
	if other, err := os.Stat(rejectsPath); err == nil && mine.Mode()&fs.ModeDevice == 0 && os.SameFile(mine, other) {
		return fmt.Errorf("the rejects file %s is the file to be submitted: name another one", rejectsPath)
	}

	return nil
}

// submission is one run of a file, with the row that is kept of it.
type submission struct {
	registry        Registry
	digest          []byte // of the source, nil when that could not be read twice
	batch           store.Batch
	options         Options
	streamCheck     *check.Stream // nil when the source was checked before
	pipeline        pipeline
	checkpoints     *checkpointer
	lines           *store.LineRun // the last that the registry was told, nil when none was
	progressSavedAt time.Time      // when the registry was last told how far the run is
}

func newSubmission(
	source cardfile.Source, to Destination, o Options, findings check.Findings, table *columns.Reader, from *checkpoint,
) (*submission, error) {
	rows := &rowSealer{
		layout: table.Layout, sealer: to.Sealer, program: o.Program, batch: o.Batch, notAfter: o.NotAfter,
		now: columns.NewExpiryClock(o.Now()), repeated: findings.Repeated,
	}

	if findings.SourceSHA256 != nil {
		rows.origin = fmt.Sprintf("%x %s %s", findings.SourceSHA256, o.settingsHash(), to.Sealer.Kid())
	}

	streamCheck, err := rows.checkStream(table, findings)
	if err != nil {
		return nil, err
	}

	rejects, err := rejects.NewFile(o.RejectsPath, o.stream, rejects.SendingSuffix, table.Layout, o.StatePath != "")
	if err != nil {
		return nil, err
	}

	counts := newRunCounts(source.Size, o, from)
	checkpoints := &checkpointer{
		path: o.StatePath, every: o.CheckpointEvery, now: o.Now, warn: o.Warn,
		counts: counts, rejects: rejects,
		template: checkpoint{
			Version: checkpointVersion, Source: filepath.Base(source.Name), SourceSHA256: hex.EncodeToString(findings.SourceSHA256),
			SourceSize: source.CheckedSize(), Batch: o.Batch, Program: o.Program, SettingsHash: o.settingsHash(),
		},
	}

	return &submission{
		registry:    to.Registry,
		digest:      findings.SourceSHA256,
		batch:       store.Batch{ID: o.Batch, Program: o.Program, Source: filepath.Base(source.Name), StartedAt: o.Now()},
		options:     o,
		streamCheck: streamCheck,
		checkpoints: checkpoints,
		pipeline: pipeline{
			table:       table,
			rows:        rows,
			queue:       to.Queue,
			rejects:     rejects,
			counts:      counts,
			checkpoints: checkpoints,
			rate:        o.limiter(),
			options:     o,
		},
	}, nil
}

func (s *submission) run(ctx context.Context) (Summary, error) {
	s.batch.SourceSHA256 = s.digest
	if err := s.claim(ctx); err != nil {
		return Summary{}, err
	}

	s.checkpoints.start()

	s.progressSavedAt, s.pipeline.register = s.options.Now(), s.saveChunk
	err := postCheckError(s.pipeline.run(ctx))
	summary := s.pipeline.counts.total()
	summary.Warnings, summary.Notes = s.streamCheck.Findings()
	summary.Notes = append(summary.Notes, check.EncodingNotes(s.pipeline.table.Text)...)

	if err != nil {
		summary.Interrupted = ctx.Err() != nil
	} else {
		if s.streamCheck != nil {
			// What had to end in a certain way was read into memory, and so was checked before.
			unsure, _ := check.VerifyEnd(s.pipeline.table, summary.RowsRead, check.Ending{}, nil)
			summary.Warnings = append(summary.Warnings, unsure...)
		}

		summary.SourceSHA256 = s.pipeline.table.Hasher.Sum.Sum(nil)
		summary.Notes = append(summary.Notes, s.noteSentBefore(ctx, summary.SourceSHA256)...)
	}

	s.checkpoints.finish(false) // before the rejects are in their place, and again when all is done

	where, lost := s.pipeline.rejects.Finish(err == nil)
	if err = errors.Join(err, lost); lost == nil && summary.Rejected > 0 {
		summary.RejectsPath = where
	}

	if err = errors.Join(err, s.close(ctx, summary, err == nil)); err == nil {
		s.checkpoints.finish(true)
	} else if s.checkpoints.onDisk {
		summary.StatePath = s.options.StatePath
	}

	return summary, err
}

// close saves the totals, also of a run that was interrupted.
func (s *submission) close(ctx context.Context, summary Summary, complete bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), registryTimeout)
	defer cancel()

	s.setTotals(summary)

	if complete {
		s.batch.SourceSHA256 = summary.SourceSHA256
		s.batch.CompletedAt = s.options.Now()
	}

	err := s.save(ctx)
	if !complete && errors.Is(err, store.ErrBatchCanceled) {
		return nil // the counts are kept, and the run has ended for this or another reason
	}

	return err
}

func (s *submission) save(ctx context.Context) error {
	if s.registry == nil {
		return nil
	}

	return s.batchError(ctx, s.registry.SaveBatch(ctx, s.batch))
}

// batchError says what went wrong in keeping account of the batch, or why it must not be sent.
func (s *submission) batchError(ctx context.Context, err error) error {
	name := s.pipeline.table.Name

	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrBatchConflict):
		return fmt.Errorf("%s: %w", name, batchIdentity{s.registry, s.batch, s.options.Now}.conflict(ctx, err))
	case errors.Is(err, store.ErrBatchCanceled):
		return fmt.Errorf("%s: %w", name, err)
	default:
		return fmt.Errorf("keeping account of %s: %w", name, err)
	}
}
