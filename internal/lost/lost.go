// Package lost finds the jobs of a file that the queue has lost before a worker saw them. They have no row, so that the
// numbers alone tell: the file was read to its end, nothing of it is left in the queue, and the ledger, read after that, has
// not seen all of its jobs. A message is acknowledged after its row is committed, so whatever was not lost is seen by then.
package lost

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Queue tells where the new jobs of a program are.
type Queue interface {
	NewJobs(ctx context.Context, program string) (jobs.NewJobs, error)
}

// JetStream is the queue that it is.
type JetStream struct{ JS jetstream.JetStream }

// lookTimeout bounds one question to the queue.
const lookTimeout = 5 * time.Second

// NewJobs asks the server.
func (q JetStream) NewJobs(ctx context.Context, program string) (jobs.NewJobs, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()

	return jobs.ReadNewJobs(ctx, q.JS, program)
}

// Ledger is where jobs are seen (store.Store).
type Ledger interface {
	Progress(ctx context.Context, batchID string) (store.Progress, error)
}

// Finder looks for the lost jobs of one file again and again, while other files of its program come and go. Its zero value
// is for a file that has just been found read to its end.
type Finder struct {
	mark   uint64 // the end of the stream at the first look
	looked bool
	passed bool // nothing up to the mark was left at the last look
}

// Look takes what the queue said when it was asked, which was after the file was found read to its end.
func (f *Finder) Look(queue jobs.NewJobs) {
	if !f.looked || queue.Last < f.mark { // a stream that was made again begins at one
		f.mark, f.looked = queue.Last, true
	}

	f.passed = queue.Gone(f.mark)
}

// Count returns how many jobs are lost, for how far the file is, read after the last look.
func (f *Finder) Count(p store.Progress) int64 {
	if !f.passed {
		return 0
	}

	return p.Unseen()
}

// clocks is by how much the clocks of whoever has sent a file and of the queue may differ.
const clocks = 10 * time.Minute

// Count counts the lost jobs of a file as far as one look can tell: while the queue holds jobs of the program that may
// be of the file, there are none.
func Count(ctx context.Context, ledger Ledger, queue Queue, batchID string) (int64, error) {
	before, err := ledger.Progress(ctx, batchID)
	if err != nil || before.Unseen() == 0 {
		return 0, err
	}

	there, err := queue.NewJobs(ctx, before.Batch.Program)
	if err != nil {
		return 0, err
	}

	if !there.Gone(there.Last) && there.OldestAt.Before(before.Batch.CompletedAt.Add(clocks)) {
		return 0, nil
	}

	after, err := ledger.Progress(ctx, batchID)
	if err != nil || !after.Batch.CompletedAt.Equal(before.Batch.CompletedAt) { // it is being sent again
		return 0, err
	}

	return after.Unseen(), nil
}

// Note says what became of jobs that are lost, and what to do.
func Note(n int64, batch store.Batch) string {
	source := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}

		return -1
	}, batch.Source)

	return fmt.Sprintf("%d jobs are lost: they were published, no worker has seen them, and the queue does not hold them any more. "+
		"Send the file again, which sends just those: submit %s --program %s --batch %s", n, source, batch.Program, batch.ID)
}
