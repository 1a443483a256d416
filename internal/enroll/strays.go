package enroll

import (
	"context"
	"sync"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// straysAtOnce bounds the jobs of a stray subject that are worked on at once; none is sent anywhere.
	straysAtOnce = 4
	// strayRest is how many requests may find nothing before the lane of a stray subject ends.
	strayRest = 3
	// straysTimeout bounds a search.
	straysTimeout = 5 * time.Second
)

// takeStrays searches the queue, until taking ends, for jobs that came by a subject nobody
// takes jobs from, and ends them: they are invalid, and somebody has to be told.
func (w *Worker) takeStrays(taking, work context.Context) {
	var (
		lanes   sync.WaitGroup
		running sync.Map // by name
	)

	defer lanes.Wait()

	ticker := time.NewTicker(w.config.StraysEvery)
	defer ticker.Stop()

	for {
		for _, from := range w.findStrays(taking) {
			if _, runs := running.LoadOrStore(from.String(), true); runs {
				continue
			}

			w.config.Logger.Warn("jobs of a program that no worker knows", "subject", from.Consumer.FilterSubject)
			lanes.Go(func() {
				defer running.Delete(from.String())

				w.newStrayLane(from).run(taking, work)
			})
		}

		select {
		case <-taking.Done():
			return
		case <-ticker.C:
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
