package follow

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/control"
)

// readerGone is after what time without a word from the reader of a file it seems to have stopped.
const readerGone = 15 * time.Second

// Notes say what the batch waits for, what keeps its jobs from being sent first, and what cannot be told.
func (s State) Notes() []string {
	var notes []string

	if s.LedgerErr != nil {
		notes = append(notes, "Postgres does not answer, trying again: "+s.LedgerErr.Error())
	}

	if s.FleetErr != nil {
		notes = append(notes, "the queue does not answer, trying again: "+s.FleetErr.Error())
	}

	if !s.Done() && s.FleetErr == nil && s.Fleet != nil {
		notes = append(notes, s.blocked()...)
	}

	batch := s.Progress.Batch

	switch {
	case !batch.Canceled.At.IsZero() && !s.Done():
		notes = append(notes, "canceled "+batch.Canceled.String()+"; what is left ends as canceled when a worker takes it")
	case !batch.Canceled.At.IsZero():
		notes = append(notes, "canceled "+batch.Canceled.String())
	case !s.ofFile():
		notes = append(notes, "named by messages: how many jobs there will be is not known, so this does not end by itself")
	case !s.Read() && s.At.Sub(s.ReadAt) >= readerGone:
		notes = append(notes, "the reader of the file seems to have stopped: submit the file again, under the same batch")
	}

	for i, note := range notes {
		notes[i] = printable(note)
	}

	return notes
}

// blocked says what an operator has to do before jobs of the batch are sent.
func (s State) blocked() []string {
	program := s.Progress.Batch.Program

	var (
		reasons []string
		there   []control.Worker
		halted  []control.Worker
	)

	for _, worker := range s.Fleet.Workers {
		if worker.Gone || worker.Stopping {
			continue
		}

		there = append(there, worker)

		if worker.Halt != nil {
			halted = append(halted, worker)
		}
	}

	for _, pause := range s.Fleet.Pauses {
		if pause.Program == "" || pause.Program == program {
			reasons = append(reasons, paused(pause))
		}
	}

	switch {
	case len(there) == 0 && s.Rate > 0: // one that does not tell of itself
	case len(there) == 0:
		reasons = append(reasons, "no worker is running: start one (worker run)")
	case len(halted) > 0:
		reasons = append(reasons, fmt.Sprintf("%d of %d workers HALTED: %s", len(halted), len(there), halted[0].Halt.Reason))
	case program != "" && !slices.ContainsFunc(there, func(w control.Worker) bool { return slices.Contains(w.Programs, program) }):
		reasons = append(reasons, "no worker that is running has the program "+program)
	case !slices.ContainsFunc(there, func(w control.Worker) bool { return !w.CoolingUntil.After(s.Fleet.At) }):
		reasons = append(reasons, "all workers cool down, the first until "+earliest(there).UTC().Format(time.TimeOnly+"Z"))
	}

	return reasons
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

func earliest(workers []control.Worker) time.Time {
	first := workers[0].CoolingUntil
	for _, worker := range workers[1:] {
		if worker.CoolingUntil.Before(first) {
			first = worker.CoolingUntil
		}
	}

	return first
}

// printable makes a text that others wrote fit for one line of a terminal.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}
