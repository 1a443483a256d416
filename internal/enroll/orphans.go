package enroll

import (
	"context"
	"slices"
	"sync"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
)

const (
	// orphansAtOnce bounds the jobs of an orphaned subject that are worked on at once; none is sent anywhere.
	orphansAtOnce = 4
	// orphanLanes bounds the subjects whose orphans are taken at once, each with a consumer: a publisher that puts the
	// id of each job into its subject makes as many as there are jobs. The rest waits for the next search.
	orphanLanes = 16
	// orphanIdleFetches is how many requests may find nothing before the lane of an orphaned subject ends.
	orphanIdleFetches = 3
)

// orphanTaker takes jobs that came by a subject nobody takes jobs from, and ends them: they are invalid, and somebody
// has to be told.
type orphanTaker struct {
	worker *Worker
	lanes  sync.WaitGroup
	// running are the lanes that take jobs now, by name; free has a place for each that may.
	running sync.Map
	free    chan struct{}
	before  map[string]bool // found by the last look
}

func newOrphanTaker(worker *Worker) *orphanTaker {
	return &orphanTaker{worker: worker, free: make(chan struct{}, orphanLanes)}
}

// take starts a lane for each subject that two looks in a row have found. Between them every worker puts back the
// consumers of its own programs, so that one which was deleted does not end the jobs of a program
// that only other workers know.
func (o *orphanTaker) take(taking, work context.Context, orphans []jobs.Lane) {
	found := make(map[string]bool)

	for _, from := range o.unclaimed(taking, orphans) {
		found[from.String()] = true

		if _, runs := o.running.Load(from.String()); runs || !o.before[from.String()] {
			continue
		}

		select {
		case o.free <- struct{}{}:
		default:
			continue
		}

		o.running.Store(from.String(), true)
		o.worker.config.Logger.Warn("jobs of a program that no worker knows", "lane", from.String())
		o.lanes.Go(func() {
			defer func() { <-o.free }()
			defer o.running.Delete(from.String())

			guard.Supervise(taking, o.worker.config.Logger, from.String(), func() { o.worker.newOrphanLane(from).run(taking, work) })
		})
	}

	o.before = found
}

// unclaimed are the orphans of programs that no worker knows. A program that only this worker lacks is not its jobs' fault:
// they wait for a worker that has it. When the others cannot be asked, nothing is taken.
func (o *orphanTaker) unclaimed(ctx context.Context, orphans []jobs.Lane) []jobs.Lane {
	if len(orphans) == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()

	elsewhere, err := o.worker.config.Elsewhere(ctx)
	if err != nil {
		o.worker.config.Logger.Debug("the other workers' programs could not be read", "error", err)
		return nil
	}

	return slices.DeleteFunc(slices.Clone(orphans), func(from jobs.Lane) bool {
		program, ok := jobs.ProgramOf(from.Consumer.FilterSubject)
		return ok && elsewhere[program]
	})
}

func (w *Worker) newOrphanLane(from jobs.Lane) *lane {
	l := w.newLane(from, pace.NewPacer(pace.PacerOptions{Least: orphansAtOnce, Most: orphansAtOnce}))
	l.maxIdle = orphanIdleFetches

	return l
}
