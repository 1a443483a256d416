package console

import (
	"context"
	"slices"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/settings"
)

// mostTasks are remembered, the latest; and so many run at once.
const (
	mostTasks   = 20
	tasksAtOnce = 4
)

// tasks are the runs over the dead letters that this console has begun. They go on when who began them looks elsewhere, and end
// with the console: what was not done is then still among the dead letters.
type tasks struct {
	now func() time.Time

	running sync.WaitGroup

	mu    sync.Mutex
	ended bool
	last  int
	all   []*task // the latest first
}

// task is one run.
type task struct {
	ID     int
	By     access.Identity
	Filter redrive.Filter
	Rate   float64
	DryRun bool
	Begun  time.Time

	cancel context.CancelFunc

	mu          sync.Mutex
	done, total int
	finished    time.Time
	canceled    bool
	summary     redrive.Summary
	fault       string
}

// taskView is how a task stands.
type taskView struct {
	ID          int
	By          string
	Filter      redrive.Filter
	Rate        float64
	DryRun      bool
	Begun       time.Time
	Finished    time.Time
	Done, Total int
	Canceled    bool
	Summary     redrive.Summary
	Fault       string
	State, Tone string
}

// start runs a task, unless too many run already.
func (t *tasks) start(one *task, run func(ctx context.Context) (redrive.Summary, error)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()

	running := 0

	for _, other := range t.all {
		if other.view().Finished.IsZero() {
			running++
		}
	}

	if t.ended || running >= tasksAtOnce {
		return false
	}

	ctx, cancel := context.WithCancel(context.Background())

	t.last++
	one.ID, one.Begun, one.cancel = t.last, t.now().UTC(), cancel

	t.all = append([]*task{one}, t.all...)

	// One that runs is kept, however many ended since it began: who forgets it can neither cancel it nor end the console.
	for i := len(t.all) - 1; i > 0 && len(t.all) > mostTasks; i-- {
		if !t.all[i].view().Finished.IsZero() {
			t.all = slices.Delete(t.all, i, i+1)
		}
	}

	t.running.Go(func() {
		defer cancel()

		var summary redrive.Summary

		err := guard.Do(func() (err error) {
			summary, err = run(ctx)
			return err
		})

		one.finish(t.now().UTC(), summary, err)
	})

	return true
}

// stop ends all that run, and waits for it.
func (t *tasks) stop() {
	t.mu.Lock()
	t.ended = true

	for _, one := range t.all {
		one.cancel()
	}

	t.mu.Unlock()
	t.running.Wait()
}

func (t *tasks) find(id int) *task {
	t.mu.Lock()
	defer t.mu.Unlock()

	for _, one := range t.all {
		if one.ID == id {
			return one
		}
	}

	return nil
}

func (t *tasks) views() (all []taskView) {
	t.mu.Lock()
	defer t.mu.Unlock()

	for _, one := range t.all {
		all = append(all, one.view())
	}

	return all
}

func (t *task) progress(done, total int) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.done, t.total = done, total
}

// stop ends the task, which tells then how far it came.
func (t *task) stop() {
	t.mu.Lock()
	t.canceled = t.finished.IsZero()
	t.mu.Unlock()

	t.cancel()
}

func (t *task) finish(at time.Time, summary redrive.Summary, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	t.finished, t.summary = at, summary

	if err != nil {
		t.fault = settings.Masked(err.Error())
	}
}

func (t *task) view() taskView {
	t.mu.Lock()
	defer t.mu.Unlock()

	v := taskView{
		ID: t.ID, By: t.By.Name, Filter: t.Filter, Rate: t.Rate, DryRun: t.DryRun, Begun: t.Begun, Finished: t.finished,
		Done: t.done, Total: t.total, Canceled: t.canceled, Summary: t.summary, Fault: t.fault,
	}

	switch {
	case v.Finished.IsZero() && v.Canceled:
		v.State, v.Tone = "being canceled", "warn"
	case v.Finished.IsZero():
		v.State, v.Tone = "running", "busy"
	case v.Canceled:
		v.State, v.Tone = "canceled", "calm"
	case v.Fault != "":
		v.State, v.Tone = "failed", "bad"
	case v.DryRun:
		v.State, v.Tone = "counted", "good"
	default:
		v.State, v.Tone = "done", "good"
	}

	return v
}

// resultOf is what is kept of a run in the account of acts.
func resultOf(s redrive.Summary) acts.Result {
	return acts.Result{Counts: map[string]int64{
		"selected": int64(s.Selected), "redriven": int64(s.Redriven), "left": int64(s.Left),
	}}
}
