package console

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// pageTimeout is how long a page of a download may take to reach the browser. All of it may take hours.
const pageTimeout = time.Minute

// outcomesFile sends what became of each row of a file, as submit outcomes lists it.
func (c *Console) outcomesFile(v *visit) error {
	id, err := v.batch()
	if err != nil {
		return err
	}

	form := results.CSV
	if v.query("format") == results.JSONL {
		form = results.JSONL
	}

	s, err := c.ledger.get(v.r.Context())
	if err != nil {
		return away("Postgres does not answer", err)
	}

	_, err = s.Progress(v.r.Context(), id)

	switch {
	case errors.Is(err, store.ErrNoBatch):
		return refuse(http.StatusNotFound, "Nothing is known of a file of this name.")
	case err != nil:
		return away("Postgres does not answer", err)
	}

	v.w.Header().Set("Content-Type", "application/octet-stream")
	v.w.Header().Set("Content-Disposition", `attachment; filename="outcomes-`+id+"."+form+`"`)

	if err := v.download(s, id, form); err != nil {
		c.Logger.Warn("a download broke off", "error", settings.Masked(err.Error()))
		v.breakOff()
	}

	return nil
}

func (v *visit) download(s *store.Store, id, form string) error {
	control := http.NewResponseController(v.w)
	buffer := bufio.NewWriter(v.w)

	encoder, err := results.NewEncoder(form, buffer)
	if err != nil {
		return err
	}

	extend := func() error { return control.SetWriteDeadline(time.Now().Add(pageTimeout)) }
	if err := extend(); err != nil {
		return err
	}

	var late error

	_, err = results.List(v.r.Context(), s, id, results.Options{
		Verdicts: v.c.Verdicts, OnPage: func(int64, int64) { late = errors.Join(late, extend()) },
	}, encoder.Encode)

	return errors.Join(err, late, encoder.Flush(), buffer.Flush())
}

// breakOff ends the connection, so that the browser does not take for whole what it has.
func (v *visit) breakOff() {
	conn, _, err := http.NewResponseController(v.w).Hijack()
	if err == nil {
		_ = conn.Close() // it is broken off whatever happens
	} else {
		_, _ = io.WriteString(v.w, "\nINCOMPLETE: the list broke off here\n")
	}
}
