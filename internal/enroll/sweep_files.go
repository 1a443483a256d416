package enroll

import (
	"context"
	"maps"
	"time"

	"enroll.example/clicktopay/internal/lost"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// latestFiles is how many files a sweep looks at, those begun last.
const latestFiles = 200

// file is one that was read to its end, and of whose jobs workers have not seen all.
type file struct {
	lost.Finder

	readAt time.Time // when it was read to its end: another time is another run, which has sent jobs again
	told   int64     // how many lost jobs the log has been told of
}

// findUnseen looks for jobs of files that were lost before a worker saw them, so that they have no row, and says so.
func (s *Sweeper) findUnseen(ctx context.Context) (unseen int64, err error) {
	latest, err := s.ledger.Batches(ctx, latestFiles)
	if err != nil {
		return 0, err
	}

	seen := map[string]jobs.NewJobs{} // by program
	open := map[string]bool{}

	for _, p := range latest {
		if p.Unseen() == 0 || !jobs.ValidProgram(p.Batch.Program) {
			continue
		}

		open[p.Batch.ID] = true

		n, err := s.unseenOf(ctx, p.Batch, seen)
		if err != nil {
			return unseen, err
		}

		unseen += n
	}

	maps.DeleteFunc(s.files, func(id string, _ *file) bool { return !open[id] })

	return unseen, nil
}

// unseenOf counts the lost jobs of one file. The order is what makes it right: the file is read to its end, then the queue is
// looked at, then the ledger.
func (s *Sweeper) unseenOf(ctx context.Context, batch store.Batch, seen map[string]jobs.NewJobs) (int64, error) {
	there, ok := seen[batch.Program]
	if !ok {
		var err error

		if there, err = (lost.JetStream{JS: s.queue.js}).NewJobs(ctx, batch.Program); err != nil {
			return 0, err
		}

		seen[batch.Program] = there
	}

	found := s.files[batch.ID]
	if found == nil || !found.readAt.Equal(batch.CompletedAt) {
		found = &file{readAt: batch.CompletedAt}
		s.files[batch.ID] = found
	}

	found.Look(there)

	now, err := s.ledger.Progress(ctx, batch.ID)
	if err != nil {
		return 0, err
	}

	if !now.Batch.CompletedAt.Equal(found.readAt) { // it is being sent again
		return 0, nil
	}

	n := found.Count(now)
	if n != found.told && n > 0 {
		s.o.Logger.Error("the queue has lost jobs before a worker saw them",
			"batch", batch.ID, "program", batch.Program, "jobs", n, "what_to_do", lost.Note(n, now.Batch))
	}

	found.told = n

	return n, nil
}
