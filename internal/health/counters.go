package health

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// counters are what happens to be counted as it happens.
type counters struct {
	jobs, attempts, messages, fetchErrors, storeErrors, swept *prometheus.CounterVec
	calls                                                     *prometheus.HistogramVec
}

// Kinds of errors of the store.
const (
	kindUnavailable = "unavailable"
	kindRefused     = "refused"
)

// Results of a sweep.
const (
	sweptRescheduled = "rescheduled"
	sweptLost        = "lost"
)

func newCounters() counters {
	calls := described(nameCalls)

	c := counters{
		jobs:        counter(nameJobs),
		attempts:    counter(nameAttempts),
		messages:    counter(nameMessages),
		fetchErrors: counter(nameFetchErrors),
		storeErrors: counter(nameStoreErrors),
		swept:       counter(nameSwept),
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: calls.Name, Help: calls.Help,
			Buckets: []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60},
		}, calls.Labels),
	}
	c.start()

	return c
}

func counter(name string) *prometheus.CounterVec {
	m := described(name)
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.Labels)
}

// start shows every series at zero: of one that appears with its first event, the increase is never seen.
func (c counters) start() {
	for _, status := range []store.Status{
		store.StatusInDoubt, store.StatusEnrolled, store.StatusAlreadyEnrolled, store.StatusUnenrolled, store.StatusNotEnrolled,
		store.StatusUpdated, store.StatusForgotten, store.StatusSuperseded, store.StatusPushed, store.StatusRejected,
		store.StatusInvalid, store.StatusExpired, store.StatusConflict, store.StatusDead,
	} {
		c.jobs.WithLabelValues(string(status))
	}

	for _, verdict := range []mastercard.Verdict{
		mastercard.Enrolled, mastercard.AlreadyEnrolled, mastercard.Unenrolled, mastercard.NotEnrolled,
		mastercard.Updated, mastercard.Forgotten, mastercard.Rejected,
		mastercard.Submitted, mastercard.Completed, mastercard.Pushed,
		mastercard.Retry, mastercard.Throttled, mastercard.Unknown, mastercard.Halted,
	} {
		c.attempts.WithLabelValues(string(verdict))
	}

	for _, disposition := range []enroll.Disposition{enroll.Acknowledged, enroll.HandedBack, enroll.Left} {
		c.messages.WithLabelValues(string(disposition))
	}

	for _, operation := range []mastercard.Operation{
		mastercard.OperationEnroll, mastercard.OperationUnenroll, mastercard.OperationEnrollBatch, mastercard.OperationBatchStatus,
		mastercard.OperationUpdateCard, mastercard.OperationUpdateConsumer, mastercard.OperationForgetConsumer,
		mastercard.OperationPush,
	} {
		c.calls.WithLabelValues(string(operation))
	}

	c.storeErrors.WithLabelValues(kindUnavailable)
	c.storeErrors.WithLabelValues(kindRefused)
	c.swept.WithLabelValues(sweptRescheduled)
	c.swept.WithLabelValues(sweptLost)
}

func (c counters) all() []prometheus.Collector {
	return []prometheus.Collector{c.jobs, c.attempts, c.messages, c.fetchErrors, c.storeErrors, c.swept, c.calls}
}

// runtimeCollectors are the usual ones of a Go program: go_* and process_*.
func runtimeCollectors() []prometheus.Collector {
	return []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
}
