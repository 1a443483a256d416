package chaos

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// Report is what a run came to.
type Report struct {
	Seed       uint64
	Script     []Struck
	History    History
	Violations []Violation
}

func newReport(o Options, script []Struck, history History) Report {
	return Report{Seed: o.Seed, Script: script, History: history, Violations: Check(history)}
}

// Cards is how many of the accepted jobs brought a card; the others came after these.
func (r Report) Cards() (n int) {
	for _, job := range r.History.Accepted {
		if job.Of == "" {
			n++
		}
	}

	return n
}

// Lost is how many accepted jobs have no row that says how they ended.
func (r Report) Lost() int {
	settled := map[string]bool{}
	for _, row := range r.History.Rows {
		settled[row.JobID] = row.Status.Settled()
	}

	lost := 0

	for _, job := range r.History.Accepted {
		if !settled[job.ID] {
			lost++
		}
	}

	return lost
}

// Doubled is how many effects there are beyond what nobody could know.
func (r Report) Doubled() int {
	attempts := map[string][]Attempt{}
	for _, a := range r.History.Attempts {
		attempts[a.JobID] = append(attempts[a.JobID], a)
	}

	doubled := 0
	for id, effects := range r.History.Effects {
		doubled += Doubled(effects, attempts[id])
	}

	return doubled + r.doubledChanges()
}

// Unknown is how many attempts ended without anybody knowing what they did, and Repeated how many effects came of it.
func (r Report) Unknown() (attempts, repeated int) {
	for _, effects := range r.History.Effects {
		repeated += max(effects.Effects-1, 0)
	}

	return untold(r.History.Attempts), repeated
}

// Recovery is, for each fault, the time from its strike until the last job that was offered before it was lifted had its
// outcome. Jobs that never succeed are left out. A job suffers from the faults that follow as well, so this is an upper bound.
func (r Report) Recovery() map[Kind][]time.Duration {
	completed := r.completed()
	all := map[Kind][]time.Duration{}

	for _, fault := range r.Script {
		var slowest time.Duration

		for _, job := range r.succeeding() {
			if job.Offered.Before(fault.Lifted) {
				slowest = max(slowest, completed[job.ID].Sub(fault.At))
			}
		}

		all[fault.Kind] = append(all[fault.Kind], slowest)
	}

	for _, times := range all {
		slices.Sort(times)
	}

	return all
}

// completed is when each job was first announced. The rows' own times are those of a clock that jumps.
func (r Report) completed() map[string]time.Time {
	completed := make(map[string]time.Time, len(r.History.Events))
	for _, event := range r.History.Events {
		if before, known := completed[event.JobID]; !known || event.At.Before(before) {
			completed[event.JobID] = event.At
		}
	}

	return completed
}

// succeeding are the jobs that do not have to use up their attempts, nor wait for an operator.
func (r Report) succeeding() []Job {
	return slices.DeleteFunc(slices.Clone(r.History.Accepted), func(job Job) bool {
		return job.Want == store.StatusDead || job.Want == store.StatusInDoubt
	})
}

// Print writes the table, and after a failure what is needed to look into it.
func (r Report) Print(out io.Writer) error {
	unknown, repeated := r.Unknown()

	var slowest time.Duration

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	recovery := r.Recovery()

	row := func(cells ...any) {
		_, _ = fmt.Fprintln(table, strings.TrimSuffix(fmt.Sprintf(strings.Repeat("%v\t", len(cells)), cells...), "\t"))
	}

	row("fault", "times", "recovery: median", "slowest")

	for _, w := range weights() {
		if times := recovery[w.kind]; len(times) > 0 {
			last := times[len(times)-1]
			slowest = max(slowest, last)
			row(w.kind, len(times), rounded(times[len(times)/2]), rounded(last))
		}
	}

	row()
	row("faults", "jobs", "lost", "doubled", "unknown", "repeated", "slowest recovery", "violations")
	row(len(r.Script), len(r.History.Accepted), r.Lost(), r.Doubled(), unknown, repeated, rounded(slowest), len(r.Violations))

	row()
	row("operation", "jobs", "attempts", "ended as")

	for _, o := range r.operations() {
		row(o.operation, o.jobs, o.attempts, o.statuses())
	}

	if err := table.Flush(); err != nil {
		return err
	}

	if len(r.Violations) == 0 {
		return r.tellSlowest(out)
	}

	return r.explain(out)
}

// tellSlowest writes what the job went through that took longest.
func (r Report) tellSlowest(out io.Writer) error {
	completed := r.completed()

	var slowest Job

	for _, job := range r.succeeding() {
		if slowest.ID == "" || completed[job.ID].Sub(job.Offered) > completed[slowest.ID].Sub(slowest.Offered) {
			slowest = job
		}
	}

	_, err := fmt.Fprintf(out, "\nslowest job: %s of scenario %d, offered %s, completed %s\n%s",
		slowest.ID, slowest.Scenario, clock(slowest.Offered), clock(completed[slowest.ID]), r.attempts(slowest.ID))

	return err
}

// attempts are the attempts of a job, one a line.
func (r Report) attempts(id string) string {
	var text strings.Builder

	for _, a := range r.History.Attempts {
		if a.JobID == id {
			_, _ = fmt.Fprintf(&text, "    attempt %d by %s, %s to %s: %s %s late=%t\n",
				a.Attempt, a.Worker, clock(a.StartedAt), clock(a.FinishedAt), a.Verdict, a.Reason, a.Late)
		}
	}

	return text.String()
}

func rounded(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }

// explain writes the seed, the violations with the attempts of the jobs concerned, and the script with its times.
func (r Report) explain(out io.Writer) error {
	var text strings.Builder

	_, _ = fmt.Fprintf(&text, "\nseed %d\n\n", r.Seed)

	for _, v := range r.Violations {
		_, _ = fmt.Fprintf(&text, "%s\n%s", v, r.attempts(v.JobID))
	}

	text.WriteString("\n")

	for i, f := range r.Script {
		_, _ = fmt.Fprintf(&text, "%4d  %s to %s  %s\n", i+1, clock(f.At), clock(f.Lifted), f.Fault)
	}

	_, err := io.WriteString(out, text.String())

	return err
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05.000") }
