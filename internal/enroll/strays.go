package enroll

import (
	"context"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// straysAtOnce bounds the jobs of a stray subject that are worked on at once; none is sent anywhere.
	straysAtOnce = 4
	// strayLanes bounds the subjects whose strays are taken at once, each with a consumer: a publisher that puts the
	// id of each job into its subject makes as many as there are jobs. The rest waits for the next search.
	strayLanes = 16
	// strayRest is how many requests may find nothing before the lane of a stray subject ends.
	strayRest = 3
	// straysTimeout bounds a search.
	straysTimeout = 5 * time.Second
)

// takeStrays searches the queue, until taking ends, for jobs that came by a subject nobody
// takes jobs from, and ends them: they are invalid, and somebody has to be told.
//
// A subject counts when two searches in a row find it. Between them every worker puts back the
// consumers of its own programs, so that one which was deleted does not end the jobs of a program
// that only other workers know.
func (w *Worker) takeStrays(taking, work context.Context) {
	var (
		lanes   sync.WaitGroup
		running sync.Map // by name
		before  map[string]bool
	)

	free := make(chan struct{}, strayLanes)

	defer lanes.Wait()

	ticker := time.NewTicker(w.config.StraysEvery)
	defer ticker.Stop()

	for {
		w.ensureLanes(taking)

		found := make(map[string]bool)

		for _, from := range w.findStrays(taking) {
			found[from.String()] = true

			if _, runs := running.Load(from.String()); runs || !before[from.String()] {
				continue
			}

			select {
			case free <- struct{}{}:
			default:
				continue
			}

			running.Store(from.String(), true)
			w.config.Logger.Warn("jobs of a program that no worker knows", "lane", from.String())
			lanes.Go(func() {
				defer func() { <-free }()
				defer running.Delete(from.String())

				guard.Keep(taking, w.config.Logger, from.String(), func() { w.newStrayLane(from).run(taking, work) })
			})
		}

		before = found

		select {
		case <-taking.Done():
			return
		case <-ticker.C:
		}
	}
}

// ensureLanes puts back consumers that were deleted. A lane that takes jobs does so by itself; one whose program is
// paused or halted asks for none, and would not notice.
func (w *Worker) ensureLanes(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, straysTimeout)
	defer cancel()

	for _, lane := range w.config.Topology.Lanes() {
		if _, err := jobs.EnsureLane(ctx, w.js, lane); err != nil {
			w.config.Logger.Debug("the consumers could not be looked at", "error", err)
			return
		}
	}
}

func (w *Worker) findStrays(ctx context.Context) []jobs.Lane {
	ctx, cancel := context.WithTimeout(ctx, straysTimeout)
	defer cancel()

	lanes, err := jobs.Strays(ctx, w.js, w.config.Topology)
	if err != nil {
		w.config.Logger.Debug("the queue could not be searched for jobs that nobody takes", "error", err)
	}

	return lanes
}

func (w *Worker) newStrayLane(from jobs.Lane) *lane {
	l := w.newLane(from, pace.NewPacer(pace.PacerOptions{Least: straysAtOnce, Most: straysAtOnce}))
	l.rest = strayRest

	return l
}
