package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// oneFileView is how far a file is, and what became of its rows.
type oneFileView struct {
	ID      string
	File    answer[fileView]
	Codes   answer[[]store.CodeCount]
	Rejects answer[[]store.Reject]
	Next    string // the address of the next rejects
	Left    time.Duration
	OfFile  bool // or a name that messages have
}

// mostRejects is how many faults are shown on one page.
const mostRejects = 100

// batch is the one that an address or a form names.
func (v *visit) batch() (string, error) {
	id := v.r.FormValue("id")
	if !jobs.ValidID(id) {
		return "", refuse(http.StatusUnprocessableEntity, "The name of a file must be 1 to 64 of A-Z a-z 0-9 . _ -.")
	}

	return id, nil
}

func (c *Console) filePage(v *visit) error {
	id, err := v.batch()
	if err != nil {
		return err
	}

	ctx := v.r.Context()
	none := false

	view := oneFileView{ID: id, File: askLedger(ctx, c, "file "+id, func(ctx context.Context, s *store.Store) (fileView, error) {
		progress, err := s.Progress(ctx, id)
		if errors.Is(err, store.ErrNoBatch) {
			none = true
			return fileView{}, nil
		}

		return fileOf(progress), err
	})}

	if none || view.File.Known && view.File.Value.Batch.ID == "" {
		return refuse(http.StatusNotFound, "Nothing is known of a file of this name.")
	}

	view.Codes = askLedger(ctx, c, "codes of "+id, func(ctx context.Context, s *store.Store) ([]store.CodeCount, error) {
		return s.BatchCodes(ctx, id)
	})
	view.rejects(v, id)
	view.pace(c)

	return v.show("file", id, with("/file", "id", id, "rejects", v.query("rejects")), view)
}

// rejects are those after a row, page by page.
func (view *oneFileView) rejects(v *visit, id string) {
	after, _ := strconv.ParseInt(v.query("rejects"), 10, 64) // what is no number is the beginning

	view.Rejects = askLedger(v.r.Context(), v.c, "rejects of "+id+" after "+number(after),
		func(ctx context.Context, s *store.Store) ([]store.Reject, error) {
			return s.RejectsAfter(ctx, id, after, mostRejects)
		})

	faults := 0
	for _, reject := range view.Rejects.Value {
		faults += len(reject.Faults)
	}

	// The last row may lack some of its faults, and begins the next page.
	if rows := view.Rejects.Value; faults == mostRejects && len(rows) > 1 {
		view.Rejects.Value = rows[:len(rows)-1]
		view.Next = with("/file", "id", id, "rejects", strconv.FormatInt(rows[len(rows)-2].Row, 10)) + "#rejects"
	}
}

func (view *oneFileView) pace(c *Console) {
	p := view.File.Value.Progress
	view.OfFile = p.Batch.Source != "" || p.Batch.RowsRead > 0

	if !view.File.Known || view.File.Away != "" {
		return
	}

	if perSecond, known := c.trails.pace(view.ID, c.Now(), p.Settled()); known {
		view.Left = time.Duration(float64(totalOf(p)-p.Settled()) / perSecond * float64(time.Second))
	}
}

// cancelFile has what is not yet sent of a file not be sent.
func (c *Console) cancelFile(v *visit) error {
	id, err := v.batch()
	if err != nil {
		return err
	}

	why := v.why()
	if why == "" {
		return refuse(http.StatusUnprocessableEntity, "Say why: whoever comes next reads it.")
	}

	var stands store.Cancellation

	err = v.act(acts.Act{Name: acts.Cancel, Scope: "batch " + id, Why: why}, func(ctx context.Context) (acts.Result, error) {
		s, err := c.ledger.get(ctx)
		if err == nil {
			stands, err = s.CancelBatch(ctx, id, v.actor().String(), why)
		}

		return acts.Result{Text: stands.String()}, err
	})
	if err != nil {
		return err
	}

	return v.done(id+" is canceled: workers begin no more of its jobs. "+stands.String(), with("/file", "id", id))
}
