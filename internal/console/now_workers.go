package console

import (
	"maps"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/control"
)

// workerView is a worker.
type workerView struct {
	Name         string
	State, Tone  string
	Started      time.Time
	Seen         time.Duration // ago, by the server's clock
	InFlight     int
	Acknowledged int64
	HandedBack   int64
	Programs     string
}

func workersOf(status control.Status) (views []workerView) {
	for _, worker := range status.Workers {
		view := workerView{
			Name: worker.Worker, Started: worker.Started, Seen: status.At.Sub(worker.LastSeen),
			InFlight: worker.InFlight, Acknowledged: worker.Acknowledged, HandedBack: worker.HandedBack,
		}
		view.State, view.Tone = stateOfWorker(worker)

		var names []string
		for _, program := range worker.Programs {
			names = append(names, program.Name)
		}

		view.Programs = strings.Join(names, ", ")
		views = append(views, view)
	}

	return views
}

func stateOfWorker(worker control.Worker) (word, tone string) {
	halted := slices.ContainsFunc(worker.Programs, func(p control.ProgramPresence) bool { return p.Halt != nil })

	switch {
	case worker.Gone:
		return "gone", "bad"
	case !worker.DatabaseAway.IsZero():
		return "database away", "bad"
	case halted:
		return "halted", "bad"
	case worker.Stopping:
		return "stopping", "calm"
	default:
		return "running", "good"
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
