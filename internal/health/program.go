package health

import (
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/pan"
)

// Program is what keeps the jobs of one program from being taken, if anything does.
type Program struct {
	Name string `json:"name"`
	// Halted: the API refuses our credentials. Tripped: nearly all calls fail.
	Halted  *Stop `json:"halted,omitempty"`
	Tripped *Stop `json:"tripped,omitempty"`
	// Failing: the last calls got no answer of the API, or one of its failures.
	Failing *Trouble `json:"failing,omitempty"`
	// CoolingUntil is the end of a pause that the API asked for, or that the database needs.
	CoolingUntil time.Time `json:"cooling_until,omitzero"`
	Paused       bool      `json:"paused"`
	// MaxInFlight is how many may be worked on at once now.
	MaxInFlight int `json:"max_in_flight"`
}

// Stop is why no jobs are taken but one now and then, to see whether the cause is gone.
type Stop struct {
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
	NextProbe time.Time `json:"next_probe"`
}

// Trouble is how calls have failed since the API last gave an answer.
type Trouble struct {
	Reason string    `json:"reason"` // what the last of them came to
	Since  time.Time `json:"since"`
	Calls  int       `json:"calls"`
}

func (m *Monitor) programs() []Program {
	programs := make([]Program, 0, len(m.config.Pacers))

	for _, name := range slices.Sorted(maps.Keys(m.config.Pacers)) {
		pacer := m.config.Pacers[name]
		state := pacer.State()
		programs = append(programs, Program{
			Name:         name,
			Halted:       stopOf(state.Halted, state),
			Tripped:      stopOf(state.Tripped, state),
			Failing:      troubleOf(pacer.Guard.Trouble()),
			CoolingUntil: state.CoolingUntil,
			Paused:       m.config.Paused(name),
			MaxInFlight:  pacer.Limit(),
		})
	}

	return programs
}

func stopOf(reason string, state pace.State) *Stop {
	if reason == "" {
		return nil
	}

	return &Stop{Reason: reason, Since: state.Since, NextProbe: state.NextProbe}
}

func troubleOf(t pace.Trouble) *Trouble {
	if t.Calls == 0 {
		return nil
	}

	return &Trouble{Reason: pan.MaskText(t.Reason), Since: t.Since, Calls: t.Calls}
}

// obstacle says why no jobs of the program are taken; empty when they are.
func (p Program) obstacle() string {
	switch {
	case p.Halted != nil:
		return "halted: " + p.Halted.Reason
	case p.Tripped != nil:
		return "not sent, as the API is sick: " + p.Tripped.Reason
	case p.Paused:
		return "paused"
	default:
		return ""
	}
}

// idle says of each program why none of its jobs are taken, if that is so of all.
func idle(programs []Program) []string {
	reasons := make([]string, len(programs))

	for i, p := range programs {
		if p.obstacle() == "" {
			return nil
		}

		reasons[i] = p.Name + " is " + p.obstacle()
	}

	return reasons
}

// taken reports whether jobs of a program are taken.
func taken(programs []Program, name string) bool {
	i := slices.IndexFunc(programs, func(p Program) bool { return p.Name == name })
	return i >= 0 && programs[i].obstacle() == ""
}

func paused(programs []Program, name string) bool {
	i := slices.IndexFunc(programs, func(p Program) bool { return p.Name == name })
	return i >= 0 && programs[i].Paused
}
