package health

import (
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// submitted are the jobs that waited for the results of batches, at a time.
type submitted struct {
	at       time.Time
	programs []store.SubmittedJobs
}

// sendSubmitted sends what waits for the results of batches, as long as that is fresh. A program of which none waits has zero.
func (m *Monitor) sendSubmitted(send sendGauge) {
	last := m.submitted.Load()
	if last == nil || m.config.Now().Sub(last.at) >= depthsFresh {
		return
	}

	waiting := map[string]store.SubmittedJobs{}
	for _, one := range last.programs {
		waiting[one.Program] = one
	}

	for name := range m.config.Pacers {
		send(nameSubmitted, float64(waiting[name].Jobs), name)

		if waiting[name].Batches > 0 {
			send(nameBatchAge, waiting[name].Oldest.Seconds(), name)
		}
	}
}
