package console

import (
	"fmt"
	"strings"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

// alert is what somebody has to see to.
type alert struct {
	Tone, Text, Do string
}

// alertsOf are what is wrong with workers and queue, the worst first. What concerns one program stands with it.
func alertsOf(status control.Status) (all []alert) {
	add := func(tone, do, format string, args ...any) {
		all = append(all, alert{tone, fmt.Sprintf(format, args...), do})
	}

	for _, worker := range status.Workers {
		if away := worker.DatabaseAway; !away.IsZero() && !worker.Gone {
			add("bad", "See to Postgres, and to the worker's --database-url.",
				"Worker %s: its database has not answered since %s, and it takes no jobs.", worker.Worker, stamp(away))
		}

		if worker.Gone {
			add("warn", "Its jobs go to others. See whether it should run.",
				"Worker %s has vanished; it was last seen %s.", worker.Worker, stamp(worker.LastSeen))
		}
	}

	for _, program := range status.Unserved() {
		add("bad", "Start one with the program in its programs file.", "Jobs of %s wait and no worker takes them.", program)
	}

	if n := status.Queue.Orphans; n > 0 {
		add("warn", "Workers end them as invalid.",
			"%s jobs are on subjects of programs that no worker has been configured for.", number(n))
	}

	if n := status.Queue.Patterns; n > 0 {
		add("warn", "Tell their sender, and remove them with: nats stream rmm "+jobs.StreamJobs+" SEQUENCE",
			"%s messages have a subject with a wildcard, which no consumer can take.", number(n))
	}

	all = append(all, lanesOf(status)...)
	drifts := status.Drifts()

	for _, drift := range sortedKeys(drifts) {
		add("warn", "worker streams diff shows it, worker streams apply changes it.",
			"The queue differs from the settings: %s (%s).", drift, strings.Join(drifts[drift], ", "))
	}

	return all
}

// lanesOf are the alerts about single lanes of the queue.
func lanesOf(status control.Status) (all []alert) {
	for _, p := range status.Queue.Programs {
		for _, lane := range p.Lanes() {
			if lane.Full() {
				all = append(all, alert{
					"warn", fmt.Sprintf("%s has given out all it may (max_ack_pending %d); the rest waits.", lane.Consumer, lane.MaxTaken), "",
				})
			}

			if n := lane.Stranded; n > 0 {
				all = append(all, alert{
					"warn", fmt.Sprintf("%s messages are in the queue that %s does not deliver, the oldest of %s.",
						number(n), lane.Consumer, stamp(lane.StrandedSince)),
					"A worker with the program makes the consumer anew within minutes, which brings them back.",
				})
			}
		}
	}

	return all
}
