package console

import (
	"fmt"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/jobs"
)

// programView is how a program stands at all workers.
type programView struct {
	Name  string
	State string // in a word or two
	Tone  string
	Notes []note

	Pause   *control.Pause // of this program alone
	Cooling bool

	Waiting, InHand, Due uint64
	Oldest               time.Duration // of the new jobs; zero for none
	Workers              int
	Rate                 pace
	// Calls are those of the API as its workers tell of them; nil while none of them lives.
	Calls *callsView
}

// note says more of a state, and what to do about it.
type note struct {
	Tone, Text, Do string
}

// programsOf are the programs of workers, of the queue, and of the words that operators have left.
func programsOf(status control.Status, beats []beat) []programView {
	names := map[string]bool{}

	for _, worker := range status.Workers {
		for _, program := range worker.Programs {
			names[program.Name] = true
		}
	}

	for _, program := range status.Queue.Programs {
		names[program.Program] = true
	}

	for _, pause := range status.Pauses {
		names[pause.Program] = true
	}

	for _, cool := range status.CoolDowns {
		names[cool.Program] = true
	}

	delete(names, "")

	var views []programView
	for _, name := range sortedKeys(names) {
		views = append(views, programOf(name, status, beats))
	}

	return views
}

func programOf(name string, status control.Status, beats []beat) programView {
	p := programView{Name: name, Pause: pauseOf(status, name)}

	for _, queued := range status.Queue.Programs {
		if queued.Program == name {
			p.fill(queued)
		}
	}

	p.Rate = paceOf(beats, name, p.Waiting+p.InHand+p.Due, paused(status, name))

	var own []control.ProgramPresence

	for _, worker := range status.Workers {
		i := slices.IndexFunc(worker.Programs, func(one control.ProgramPresence) bool { return one.Name == name })
		if i < 0 || worker.Gone {
			continue
		}

		p.Workers++
		own = append(own, worker.Programs[i])
		p.obstacles(worker, worker.Programs[i], status.At)
	}

	p.progress(status)
	p.words(status)
	p.State, p.Tone = stateOfProgram(p, own, status)

	return p
}

func (p *programView) fill(queued jobs.ProgramBacklog) {
	p.Waiting, p.InHand, p.Due = queued.Jobs.Waiting, queued.Jobs.Taken+queued.Due.Taken, queued.Due.Waiting
}

// obstacles are what keeps one worker from taking jobs of the program.
func (p *programView) obstacles(worker control.Worker, own control.ProgramPresence, at time.Time) {
	add := func(tone, do, format string, args ...any) {
		p.Notes = append(p.Notes, note{tone, worker.Worker + ": " + fmt.Sprintf(format, args...), do})
	}

	if halt := own.Halt; halt != nil {
		add("bad", halt.Advice, "halted since %s: %s. Next probe %s", stamp(halt.Since), halt.Reason, probe(halt.NextProbe, at))
	}

	if trip := own.Trip; trip != nil {
		add("warn", trip.Advice, "the API is sick since %s: %s. Next probe %s",
			stamp(trip.Since), trip.Reason, probe(trip.NextProbe, at))
	}

	if failing := own.Failing; failing != nil {
		add("warn", "", "%s calls have failed since %s, the last with %s", number(failing.Calls), stamp(failing.Since), failing.Reason)
	}
}

// probe is when a stopped program tries again: one whose time has come waits for a job, or has not ended.
func probe(next, at time.Time) string {
	if !next.After(at) {
		return "due"
	}

	return "in " + span(next.Sub(at))
}

// words are what operators and the API have said of the program.
func (p *programView) words(status control.Status) {
	if pause := p.Pause; pause != nil {
		p.Notes = append(p.Notes, note{"calm", pausedText(*pause), ""})
	}

	for _, cool := range status.CoolDowns {
		if cool.Program == p.Name && cool.Until.After(status.At) {
			p.Cooling = true
			p.Notes = append(p.Notes, note{
				"warn", fmt.Sprintf("cools down until %s, as the API asked worker %s", stamp(cool.Until), cool.By), "",
			})
		}
	}
}

func pausedText(pause control.Pause) string {
	text := "paused since " + stamp(pause.At)
	if pause.By != "" {
		text += " by " + pause.By
	}

	if pause.Why != "" {
		text += ": " + pause.Why
	}

	return text
}

// stateOfProgram is a word for it. What keeps the most jobs from being taken comes first.
func stateOfProgram(p programView, own []control.ProgramPresence, status control.Status) (word, tone string) {
	halted, tripped, failing := 0, 0, false

	for _, one := range own {
		if one.Halt != nil {
			halted++
		}

		if one.Trip != nil {
			tripped++
		}

		failing = failing || one.Failing != nil
	}

	switch {
	case halted > 0:
		return "halted" + share(halted, len(own)), "bad"
	case paused(status, p.Name):
		return "paused", "calm"
	case len(own) == 0:
		return "no worker", "bad"
	case tripped > 0:
		return "API sick" + share(tripped, len(own)), "warn"
	case p.Cooling:
		return "cooling down", "warn"
	case failing:
		return "failing", "warn"
	default:
		return "taking jobs", "good"
	}
}

// share says at how many of some workers something is so, unless it is at all.
func share(n, of int) string {
	if n == of {
		return ""
	}

	return fmt.Sprintf(" at %d of %d", n, of)
}
