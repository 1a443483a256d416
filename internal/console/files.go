package console

import (
	"context"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// filesView is a page of the list of files.
type filesView struct {
	Files answer[[]fileView]
	Next  string
}

// fileView is a file, as it is listed.
type fileView struct {
	store.Progress

	State, Tone string
	Share       int // of a thousand, settled
}

func (c *Console) filesPage(v *visit) error {
	after := placeOf(v.query("after"))

	view := filesView{Files: askLedger(v.r.Context(), c, "files "+v.query("after"),
		func(ctx context.Context, s *store.Store) ([]fileView, error) {
			batches, err := s.BatchesBefore(ctx, store.Batch{ID: after.JobID, StartedAt: after.At}, pageSize)

			var files []fileView
			for _, one := range batches {
				files = append(files, fileOf(one))
			}

			return files, err
		})}

	if files := view.Files.Value; len(files) == pageSize {
		last := files[len(files)-1].Batch
		view.Next = with("/files", "after", placeText(store.JobPlace{At: last.StartedAt, JobID: last.ID}))
	}

	live := ""
	if after.At.Equal(time.Time{}) {
		live = "/files"
	}

	return v.show("files", "Files", live, view)
}

func fileOf(p store.Progress) fileView {
	f := fileView{Progress: p}
	f.State, f.Tone = stateOfFile(p)

	if total := totalOf(p); total > 0 {
		f.Share = int(p.Settled() * 1000 / total)
	}

	return f
}

// totalOf is how many jobs of a file there are to settle, as far as is known.
func totalOf(p store.Progress) int64 { return max(p.Expected(), p.Seen()) }

func stateOfFile(p store.Progress) (word, tone string) {
	left := totalOf(p) - p.Settled()

	switch {
	case !p.Batch.Canceled.At.IsZero() && left > 0:
		return "canceled, " + number(left) + " left", "warn"
	case !p.Batch.Canceled.At.IsZero():
		return "canceled", "calm"
	case p.Batch.CompletedAt.IsZero():
		return "not read to its end", "busy"
	case left > 0:
		return number(left) + " left", "busy"
	case p.ByStatus[store.StatusInDoubt] > 0:
		return number(p.ByStatus[store.StatusInDoubt]) + " in doubt", "warn"
	default:
		return "done", "good"
	}
}
