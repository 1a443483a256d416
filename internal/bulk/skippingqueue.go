package bulk

import (
	"context"
	"slices"

	"enroll.example/clicktopay/pkg/jobs"
)

// skippingQueue is a queue that passes over the jobs that workers have seen already: a file that is submitted again, since
// the queue has lost some of its jobs, sends just those.
type skippingQueue struct {
	Queue

	registry Registry
}

// skipKnownJobs puts one before the queue of a batch of which workers have seen jobs. That of a batch which nobody has seen
// anything of, or that cannot be asked about, sends all: what comes twice is enrolled once.
func (to *Destination) skipKnownJobs(ctx context.Context, batch string) {
	if to.Registry == nil {
		return
	}

	ctx, cancel := context.WithTimeout(ctx, registryTimeout)
	defer cancel()

	if before, err := to.Registry.Progress(ctx, batch); err == nil && before.Seen() > 0 {
		to.Queue = skippingQueue{to.Queue, to.Registry}
	}
}

// PublishBatch counts what it passes over as duplicates.
func (q skippingQueue) PublishBatch(ctx context.Context, batch []jobs.Job) (jobs.Receipt, error) {
	ids := make([]string, len(batch))
	for i, job := range batch {
		ids[i] = job.ID
	}

	known, err := q.registry.Known(ctx, ids)
	if err != nil {
		known = nil // it is only to save the queue some work
	}

	unknown := slices.DeleteFunc(slices.Clone(batch), func(job jobs.Job) bool { return known[job.ID] })
	passed := int64(len(batch) - len(unknown))

	if len(unknown) == 0 {
		return jobs.Receipt{Duplicates: passed}, nil
	}

	receipt, err := q.Queue.PublishBatch(ctx, unknown)
	receipt.Duplicates += passed

	return receipt, err
}
