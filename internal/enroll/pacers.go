package enroll

import (
	"cmp"
	"log/slog"

	"enroll.example/clicktopay/internal/pace"
)

// defaultLeast is how far the number of jobs in flight falls when the API can take no more.
const defaultLeast = 4

// PacerOptions are what is common to the pacers of all programs.
type PacerOptions struct {
	// InFlight is how many jobs of a program are worked on at once where the program does not say, default 256.
	InFlight int
	// GuardWindow is how many answers the guard of a program looks back on: see pace.NewGuard.
	GuardWindow int
	// Gate says how halts and a sick API are probed.
	Gate pace.Options
	// Allocator grants the calls of a program with a rate. Without it rates are not kept.
	Allocator func(Program) pace.Allocator
	Logger    *slog.Logger
}

// NewPacers makes a pacer for each program.
func NewPacers(programs map[string]Program, o PacerOptions) map[string]*pace.Pacer {
	pacers := make(map[string]*pace.Pacer, len(programs))

	for name, program := range programs {
		options := pace.PacerOptions{
			Gate: o.Gate,

			GuardWindow: o.GuardWindow,

			Least: cmp.Or(program.MinInFlight, defaultLeast),
			Most:  cmp.Or(program.MaxInFlight, o.InFlight, defaultInFlight),

			JobsPerCall: 1,
			OnTrip: func(reason string) {
				o.Logger.Error("the API is sick; jobs wait in the queue, and one is tried at growing intervals",
					"program", name, "reason", reason)
			},
		}

		if program.Lane == LaneBatch {
			// How long a call takes says nothing of how many jobs may be in it, so that their number does not follow it.
			options.Most = cmp.Or(program.MaxInFlight, MostInFlight)
			options.Least = cmp.Or(program.MinInFlight, options.Most)
			options.JobsPerCall = program.BatchRecords
		}

		if program.Rate > 0 && o.Allocator != nil {
			options.Rate, options.Allocator = program.Rate, o.Allocator(program)
		}

		pacers[name] = pace.NewPacer(options)
	}

	return pacers
}
