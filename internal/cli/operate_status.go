package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// SubmitStatus is submit status.
type SubmitStatus struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Batch string `arg:"" optional:"" help:"Batch to show; without, the workers, the pauses and the queue."`
	JSON  bool   `name:"json" help:"Print JSON for programs."`
}

// Run shows a batch from the database, or everything else from the queue.
func (c *SubmitStatus) Run(ctx context.Context, streams Streams) error {
	if c.Batch != "" {
		return c.showBatch(ctx, streams)
	}

	js, disconnect, err := c.Connect("enroll submit status", c.Logger(streams.Err))
	if err != nil {
		return err
	}
	defer disconnect()

	status, err := control.New(js).Status(ctx)
	if err != nil {
		return err
	}

	if c.JSON {
		return writeJSON(streams.Out, status)
	}

	return Fitted(streams.Out, func(w io.Writer, width int) {
		writeWorkers(w, width, status)
		writePauses(w, status.Pauses)
		writeCoolDowns(w, status.CoolDowns)
		writeProgress(w, status)
		writeQueue(w, status.Queue)
		writeStuck(w, status)
		writeDrifts(w, status)
	})
}

func writeWorkers(w io.Writer, width int, status control.Status) {
	if len(status.Workers) == 0 {
		fmt.Fprintln(w, "no workers")
		return
	}

	header := []string{"WORKER", "STARTED", "SEEN", "IN FLIGHT", "ACKNOWLEDGED", "HANDED BACK", "STATE"}

	var rows [][]string

	for _, worker := range status.Workers {
		rows = append(rows, []string{
			printable(worker.Worker), stamp(worker.Started), status.At.Sub(worker.LastSeen).Round(time.Second).String() + " ago",
			count(worker.InFlight), count(worker.Acknowledged), count(worker.HandedBack), stateOf(worker, status),
		})
	}

	fmt.Fprint(w, layout.Table(width, header, rows))

	for _, worker := range status.Workers {
		writeObstacles(w, worker, status.At)
	}
}

// count is a number in a table.
func count[N int | int64 | uint64](n N) string { return fmt.Sprint(n) }

// stateOf says in a word or two what a worker is doing. What keeps it from taking jobs comes first.
func stateOf(worker control.Worker, status control.Status) string {
	halted, tripped := 0, 0

	for _, program := range worker.Programs {
		switch {
		case program.Halt != nil:
			halted++
		case program.Trip != nil:
			tripped++
		}
	}

	of := len(worker.Programs)

	switch {
	case worker.Gone:
		return "gone"
	case halted > 0:
		return "HALTED" + share(halted, of)
	case worker.Stopping:
		return "stopping"
	case !worker.DatabaseAway.IsZero():
		return "database away"
	case len(status.Pauses) > 0 && status.Pauses[0].Program == "":
		return "paused"
	case tripped > 0:
		return "API sick" + share(tripped, of)
	default:
		return "taking jobs"
	}
}

// share says of how many of a worker's programs something is true, unless it is of all.
func share(n, of int) string {
	if n == of {
		return ""
	}

	return fmt.Sprintf(" (%d of %d programs)", n, of)
}

// writeObstacles says of each program of a worker what keeps its jobs from being taken.
func writeObstacles(w io.Writer, worker control.Worker, at time.Time) {
	if worker.Gone {
		return
	}

	if away := worker.DatabaseAway; !away.IsZero() {
		fmt.Fprintf(w, "%s: its database has not answered since %s, and it takes no jobs: see to Postgres (its --database-url)\n",
			printable(worker.Worker), stamp(away))
	}

	for _, program := range worker.Programs {
		line := func(format string, args ...any) {
			fmt.Fprintf(w, "%s, %s: %s\n", printable(worker.Worker), program.Name, fmt.Sprintf(format, args...))
		}

		if halt := program.Halt; halt != nil {
			line("HALTED since %s: %s; next probe %s", stamp(halt.Since), printable(halt.Reason), nextProbe(halt.NextProbe, at))

			if halt.Advice != "" {
				line("what to do: %s", printable(halt.Advice))
			}
		}

		if trip := program.Trip; trip != nil {
			line("API sick since %s: %s; next probe %s", stamp(trip.Since), printable(trip.Reason), nextProbe(trip.NextProbe, at))
		}

		if failing := program.Failing; failing != nil {
			line("%d calls have failed since %s, the last with %s", failing.Calls, stamp(failing.Since), printable(failing.Reason))
		}

		if program.CoolingUntil.After(at) {
			line("cooling down until %s", stamp(program.CoolingUntil))
		}
	}
}

// nextProbe is when a stopped program tries again: one whose time has come waits for a job, or has not ended.
func nextProbe(t, at time.Time) string {
	if !t.After(at) {
		return "due"
	}

	return stamp(t)
}

func writePauses(w io.Writer, pauses []control.Pause) {
	if len(pauses) > 0 {
		fmt.Fprintln(w)
	}

	for _, pause := range pauses {
		fmt.Fprintf(w, "%s: %s\n", cmp.Or(pause.Program, "all programs"), pausedLine(pause))
	}
}

func writeCoolDowns(w io.Writer, cools []control.CoolDown) {
	if len(cools) > 0 {
		fmt.Fprintln(w)
	}

	for _, cool := range cools {
		fmt.Fprintf(w, "%s; to lift it: submit resume %s --cool-down\n", coolLine(cool), cool.Program)
	}
}

// writeDrifts says where streams and consumers differ from the settings of workers, who leave them as they are.
func writeDrifts(w io.Writer, status control.Status) {
	drifts := status.Drifts()
	if len(drifts) > 0 {
		fmt.Fprintln(w, "\nthe queue differs from the workers' settings, and is left as it is:")
	}

	for _, drift := range slices.Sorted(maps.Keys(drifts)) {
		fmt.Fprintf(w, "  %s (%s)\n", printable(drift), printable(strings.Join(drifts[drift], ", ")))
	}
}

func writeQueue(w io.Writer, queue jobs.Backlog) {
	fresh, due := queue.Total()
	fmt.Fprintf(w, "\n%8d  jobs waiting\n", fresh.Waiting)

	if len(queue.Programs) > 1 {
		for _, p := range queue.Programs {
			fmt.Fprintf(w, "          %8d  of %s\n", p.Jobs.Waiting, p.Program)
		}
	}

	fmt.Fprintf(w, "%8d  jobs taken by workers, or handed back for a moment\n", fresh.Taken)
	fmt.Fprintf(w, "%8d  retries scheduled\n%8d  retries due\n", queue.Scheduled, due.Depth())
	fmt.Fprintf(w, "%8d  dead letters\n", queue.DeadLetters)

	if n := fresh.Stranded + due.Stranded; n > 0 {
		fmt.Fprintf(w, "%8d  messages that no consumer delivers\n", n)
	}
}

// writeStuck says so where jobs wait because too many others are taken, or because nobody takes them.
func writeStuck(w io.Writer, status control.Status) {
	for _, p := range status.Queue.Programs {
		for _, lane := range p.Lanes() {
			if lane.Full() {
				fmt.Fprintf(w, "\n%s has given out all it may (max_ack_pending %d); the rest waits\n", lane.Consumer, lane.MaxTaken)
			}

			if lane.Stranded > 0 {
				fmt.Fprintf(w, "\n%d messages are in the queue that %s does not deliver, the oldest of %s: its max_deliver was lowered, "+
					"or the queue was restored from a backup. A worker with the program makes the consumer anew within minutes, "+
					"which brings them back\n",
					lane.Stranded, lane.Consumer, stamp(lane.StrandedSince))
			}
		}
	}

	if n := status.Queue.Orphans; n > 0 {
		fmt.Fprintf(w, "\n%d jobs are on subjects of programs that no worker has been configured for; workers end them as invalid\n", n)
	}

	if n := status.Queue.Patterns; n > 0 {
		fmt.Fprintf(w, "\n%d messages have a subject with a wildcard (* or >), which no consumer can take: tell their sender, "+
			"and remove them with: nats stream rmm %s SEQUENCE\n", n, jobs.StreamJobs)
	}

	for _, program := range status.Unserved() {
		fmt.Fprintf(w, "\njobs of %s wait and no worker takes them: start one with the program in its programs file\n", program)
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}

	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// printable makes a text that others wrote fit for one line of a terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}

		return r
	}, text)
}
