package console

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/settings"
)

// doctorView is what was found last: by this console, and by a worker's doctor that left its report.
type doctorView struct {
	Own      *doctor.Report
	CanLook  bool
	File     *doctor.Report
	FileName bool
	Fault    string
}

// examineTimeout bounds a look, and examineAgain is how long nobody looks anew.
const (
	examineTimeout = 25 * time.Second
	examineAgain   = 5 * time.Second
)

// reports keeps the last look of this console.
type reports struct {
	looking sync.Mutex // one look at a time
	last    atomic.Pointer[doctor.Report]
}

func (c *Console) doctorPage(v *visit) error {
	view := doctorView{Own: c.doctor.last.Load(), CanLook: c.Examine != nil, FileName: c.Report != ""}

	if c.Report != "" {
		report, err := readReport(c.Report)
		view.File = report

		if err != nil {
			view.Fault = settings.Masked(err.Error())
		}
	}

	return v.show("doctor", "Doctor", "", view)
}

// examine looks at the queue and the database with the rights of this console.
func (c *Console) examine(v *visit) error {
	if c.Examine == nil {
		return refuse(http.StatusNotFound, "This console does not look by itself.")
	}

	c.doctor.looking.Lock()
	defer c.doctor.looking.Unlock()

	if last := c.doctor.last.Load(); last == nil || c.Now().Sub(last.At) > examineAgain {
		ctx, cancel := context.WithTimeout(v.r.Context(), examineTimeout)
		defer cancel()

		report := c.Examine(ctx)
		c.doctor.last.Store(&report)
	}

	return v.done("", "/doctor")
}

// mostReport bounds the file of a report.
const mostReport = 1 << 20

func readReport(path string) (*doctor.Report, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}

	var report doctor.Report
	if err := json.Unmarshal(text[:min(len(text), mostReport)], &report); err != nil {
		return nil, err
	}

	return &report, nil
}
