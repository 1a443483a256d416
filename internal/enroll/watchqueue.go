package enroll

import (
	"context"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// inspectTimeout bounds one look at the queue, or one mending of what it has found.
	inspectTimeout = 10 * time.Second
	// inspectSpread is the part of the time between looks by which it varies, so that workers that were started together do not all
	// look at once.
	inspectSpread = 0.2
	// soonerBy is by how much the next look comes sooner when this one has found something to mend.
	soonerBy = 6
)

// watchQueue looks at the queue now and then, until taking ends, and mends what it can: consumers that were deleted,
// jobs on subjects that nobody takes jobs from, messages that a consumer has let go of. What it cannot, it tells.
func (w *Worker) watchQueue(taking, work context.Context, orphans *orphanTaker) {
	var before jobs.Inspection

	for look := 1; ; look++ {
		found, err := w.inspect(taking)
		if err != nil {
			w.config.Logger.Debug("the queue could not be looked at", "error", err)
		} else {
			known := found.Confirm(before)
			w.queue.Store(&known)
			w.config.Inspected(known)
			w.endOwnHalts(found.Backlog)
			w.tellDrift(before.Drifts, found.Drifts)
			w.recreate(taking, found.Missing)
			w.release(taking, before.Stranded, found.Stranded)
			orphans.take(taking, work, found.Orphans)

			before = found
		}

		select {
		case <-taking.Done():
			return
		case <-time.After(w.untilNextLook(look, found)):
		}
	}
}

// endOwnHalts ends the halts for what this worker lacks or does wrong where no job is left that they could be for: other workers
// have worked on them, or an operator has. They would else be told until the next job comes.
func (w *Worker) endOwnHalts(backlog jobs.Backlog) {
	if backlog.Scheduled > 0 {
		return // they may be any program's
	}

	for _, of := range backlog.Programs {
		pacer := w.config.Pacers[of.Program]
		if pacer != nil && of.Jobs.Empty() && of.Due.Empty() && pacer.EndOwnHalt() {
			w.config.Logger.Info("no job is left that the program was halted for; the next will show", "program", of.Program)
		}
	}
}

func (w *Worker) inspect(ctx context.Context) (jobs.Inspection, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()

	return jobs.Inspect(ctx, w.js, w.config.Topology)
}

// untilNextLook is shorter after the first look as well: what is wrong may have hidden behind the jobs that were in
// flight at the start.
func (w *Worker) untilNextLook(look int, found jobs.Inspection) time.Duration {
	every := w.config.InspectEvery
	if look == 1 || len(found.Missing)+len(found.Stranded)+len(found.Orphans) > 0 {
		every /= soonerBy
	}

	return time.Duration(float64(every) * (1 + inspectSpread*(2*w.config.Jitter()-1)))
}

// recreate makes consumers again that were deleted. A lane that takes jobs does so by itself; one whose program is paused
// or halted asks for none, and would not notice.
func (w *Worker) recreate(ctx context.Context, missing []jobs.Lane) {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()

	for _, lane := range missing {
		if _, err := jobs.EnsureLane(ctx, w.js, lane); err != nil {
			if ctx.Err() == nil {
				w.config.Logger.Warn("a consumer is missing and cannot be made", "lane", lane.String(), "error", err)
			}

			return
		}
	}
}

// release has consumers deliver again what they had let go of at the last look already.
func (w *Worker) release(ctx context.Context, before, now []jobs.Stranded) {
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()

	for _, stranded := range now {
		if !slices.ContainsFunc(before, stranded.Still) {
			continue
		}

		logger := w.config.Logger.With("messages", stranded.String())
		logger.Warn("messages are in the queue that no consumer delivers; its consumer is made anew")

		if err := stranded.Release(ctx, w.js); err != nil && ctx.Err() == nil {
			logger.Error("messages that no consumer delivers could not be brought back", "error", err)
		}
	}
}

// tellDrift logs what differs from the settings since the last look, and what does not any more.
func (w *Worker) tellDrift(before, now []jobs.Drift) {
	for _, drift := range added(before, now) {
		w.config.Logger.Warn("the queue differs from the settings and is left as it is", "difference", drift)
	}

	for _, drift := range added(now, before) {
		w.config.Logger.Info("the queue does not differ from the settings any more", "difference", drift)
	}
}

// added are the differences of the second list that are not in the first.
func added(before, now []jobs.Drift) []string {
	lines := make(map[string]bool)
	for _, drift := range now {
		lines[drift.String()] = true
	}

	for _, drift := range before {
		delete(lines, drift.String())
	}

	return slices.Sorted(maps.Keys(lines))
}
