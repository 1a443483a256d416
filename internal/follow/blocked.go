package follow

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/control"
)

// blocked says what keeps jobs of the batch from being sent, and what an operator can do about it.
func (s State) blocked() []string {
	program := s.Progress.Batch.Program

	var reasons []string

	for _, pause := range s.Fleet.Pauses {
		if pause.Program == "" || pause.Program == program {
			reasons = append(reasons, paused(pause))
		}
	}

	workers, serving := s.serving(program)

	switch {
	case workers == 0 && s.Rate > 0: // one that does not tell of itself
	case workers == 0:
		reasons = append(reasons, "no worker is running: start one (worker run)")
	case len(serving) == 0:
		reasons = append(reasons, "no worker that is running has the program "+program)
	default:
		reasons = append(reasons, stopped(serving, s.Fleet.At)...)
	}

	return reasons
}

// serving counts the workers that are there, and returns how the program stands at those that have it; of a batch
// whose program is not known, how each of their programs does.
func (s State) serving(program string) (workers int, serving []control.ProgramPresence) {
	for _, worker := range s.Fleet.Workers {
		if worker.Gone || worker.Stopping {
			continue
		}

		workers++

		for _, p := range worker.Programs {
			if program == "" || p.Name == program {
				serving = append(serving, p)
			}
		}
	}

	return workers, serving
}

// stopped says what keeps workers from taking jobs of a program that they have.
func stopped(serving []control.ProgramPresence, at time.Time) []string {
	halts := stops(serving, func(p control.ProgramPresence) *control.Stop { return p.Halt })
	trips := stops(serving, func(p control.ProgramPresence) *control.Stop { return p.Trip })
	cooling := func(p control.ProgramPresence) bool { return p.CoolingUntil.After(at) }

	switch {
	case len(halts) > 0:
		return halted(halts, len(serving))
	case len(trips) > 0:
		return []string{fmt.Sprintf("the API is sick, as %d of %d workers see it: %s; they go on by themselves",
			len(trips), len(serving), trips[0].Reason)}
	case !slices.ContainsFunc(serving, func(p control.ProgramPresence) bool { return !cooling(p) }):
		first := slices.MinFunc(serving, func(a, b control.ProgramPresence) int { return a.CoolingUntil.Compare(b.CoolingUntil) })
		return []string{"all workers cool down, the first until " + first.CoolingUntil.UTC().Format(time.TimeOnly+"Z")}
	default:
		return nil
	}
}

// halted says why workers are, and what to do about it where they tell.
func halted(halts []control.Stop, of int) []string {
	first := fmt.Sprintf("HALTED at %d of %d workers: %s; mend that, and they go on by themselves", len(halts), of, halts[0].Reason)
	if halts[0].Advice == "" {
		return []string{first + " (what to do: their logs, submit outcomes)"}
	}

	return []string{first, "what to do: " + halts[0].Advice}
}

func stops(serving []control.ProgramPresence, of func(control.ProgramPresence) *control.Stop) (all []control.Stop) {
	for _, p := range serving {
		if stop := of(p); stop != nil {
			all = append(all, *stop)
		}
	}

	return all
}

func paused(p control.Pause) string {
	name, lift := "all programs", "--all"
	if p.Program != "" {
		name, lift = p.Program, p.Program
	}

	why := ""
	if p.Why != "" {
		why = " (" + p.Why + ")"
	}

	return fmt.Sprintf("paused: %s, by %s%s; lift it: submit resume %s", name, cmp.Or(p.By, "an operator"), why, lift)
}
