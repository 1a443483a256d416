package console

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/pkg/store"
)

// lettersView are the jobs that were given up, by code, and what is being done about them.
type lettersView struct {
	Codes answer[[]store.CodeCount]
	More  bool
	Tasks []taskView
}

// mostGivenUp are shown at once: each has its forms, and the page is brought up to date all the time.
const mostGivenUp = 50

// givenUp counts the jobs that were given up and can be brought back, by code.
func (c *Console) givenUp(ctx context.Context) answer[[]store.CodeCount] {
	return askLedger(ctx, c, "given up", func(ctx context.Context, s *store.Store) ([]store.CodeCount, error) {
		return s.TopCodes(ctx, store.CodeFilter{Statuses: []store.Status{store.StatusDead, store.StatusInvalid}, Limit: mostGivenUp})
	})
}

func (c *Console) lettersPage(v *visit) error {
	view := lettersView{Codes: c.givenUp(v.r.Context()), Tasks: c.tasks.views()}
	view.More = len(view.Codes.Value) == mostGivenUp

	return v.show("letters", "Dead letters", "/letters", view)
}

// redriveForm is what is to be brought back, as a form says.
type redriveForm struct {
	filter redrive.Filter
	rate   float64
}

func (v *visit) redriveForm() (f redriveForm, err error) {
	f.filter.Program, err = v.program()
	if err != nil {
		return f, err
	}

	f.filter.Code = v.field("code")

	if status := store.Status(v.field("status")); status != "" {
		if status != store.StatusDead && status != store.StatusInvalid {
			return f, refuse(http.StatusUnprocessableEntity, "Only jobs that are dead or invalid are brought back here.")
		}

		f.filter.Statuses = []store.Status{status}
	}

	if given := v.field("rate"); given != "" {
		f.rate, err = strconv.ParseFloat(given, 64)
		if err != nil || f.rate <= 0 || math.IsInf(f.rate, 0) || math.IsNaN(f.rate) {
			return f, refuse(http.StatusUnprocessableEntity, "The rate must be a number of jobs a second above 0, or empty for no limit.")
		}
	}

	return f, nil
}

// scope says what a run is about.
func (f redriveForm) scope() string {
	words := []string{"dead letters"}
	for _, status := range f.filter.Statuses {
		words = append(words, string(status))
	}

	return strings.TrimSpace(strings.Join(append(words, f.filter.Code), " "))
}

// countLetters counts what would be brought back. It changes nothing.
func (c *Console) countLetters(v *visit) error {
	form, err := v.redriveForm()
	if err != nil {
		return err
	}

	one := &task{By: v.who, Filter: form.filter, DryRun: true}

	return v.begin(one, "It is being counted.", func(ctx context.Context) (redrive.Summary, error) { return c.redrive(ctx, one) })
}

// redriveLetters brings jobs back.
func (c *Console) redriveLetters(v *visit) error {
	form, err := v.redriveForm()
	if err != nil {
		return err
	}

	why, actor := v.why(), v.actor()
	if why == "" {
		return refuse(http.StatusUnprocessableEntity, "Say why: whoever comes next reads it.")
	}

	s, err := c.ledger.get(v.r.Context())
	if err != nil {
		return away("Postgres does not answer", err)
	}

	one := &task{By: v.who, Filter: form.filter, Rate: form.rate}
	book := acts.Book{Actor: actor, Ledger: s}
	act := acts.Act{Name: acts.Redrive, Program: form.filter.Program, Scope: form.scope(), Why: why}

	return v.begin(one, "The jobs are being brought back.", func(ctx context.Context) (summary redrive.Summary, err error) {
		err = book.Do(ctx, act, func(ctx context.Context) (acts.Result, error) {
			summary, err = c.redrive(ctx, one)

			return resultOf(summary), err
		})

		return summary, err
	})
}

func (v *visit) begin(one *task, note string, run func(context.Context) (redrive.Summary, error)) error {
	if !v.c.tasks.start(one, run) {
		return refuse(http.StatusConflict, fmt.Sprintf("%d runs go on already: wait for one, or cancel it.", tasksAtOnce))
	}

	return v.done(note, "/letters")
}

func (c *Console) redrive(ctx context.Context, one *task) (redrive.Summary, error) {
	s, err := c.ledger.get(ctx)
	if err != nil {
		return redrive.Summary{}, err
	}

	summary, err := redrive.Run(ctx, c.Queue, s, redrive.Options{
		Filter: one.Filter, Rate: one.Rate, DryRun: one.DryRun, OnProgress: one.progress,
	})
	c.memory.stale()

	if errors.Is(err, context.Canceled) {
		return summary, errors.New("canceled; the same again does the rest, and nothing twice")
	}

	return summary, err
}

// cancelTask ends a run. What it did stays done.
func (c *Console) cancelTask(v *visit) error {
	id, _ := strconv.Atoi(v.field("task")) // what is no number is no task

	one := c.tasks.find(id)
	if one == nil {
		return refuse(http.StatusNotFound, "There is no such run any more.")
	}

	one.stop()

	return v.done("The run ends. What it has brought back stays so.", "/letters")
}
