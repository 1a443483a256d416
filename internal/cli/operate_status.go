package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/control"
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

	if err := writeWorkers(streams.Out, status); err != nil {
		return err
	}

	writePauses(streams.Out, status.Pauses)
	writeQueue(streams.Out, status.Queue)
	writeFull(streams.Out, status)

	return nil
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")

	return encoder.Encode(value)
}

func writeWorkers(w io.Writer, status control.Status) error {
	if len(status.Workers) == 0 {
		_, err := fmt.Fprintln(w, "no workers")
		return err
	}

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WORKER\tSTARTED\tSEEN\tIN FLIGHT\tACKNOWLEDGED\tHANDED BACK\tSTATE")

	for _, worker := range status.Workers {
		fmt.Fprintf(table, "%s\t%s\t%s ago\t%d\t%d\t%d\t%s\n", printable(worker.Worker), stamp(worker.Started),
			status.At.Sub(worker.LastSeen).Round(time.Second), worker.InFlight, worker.Acknowledged, worker.HandedBack,
			stateOf(worker, status))
	}

	return table.Flush()
}

// stateOf says in a few words what a worker is doing. What keeps it from taking jobs comes first.
func stateOf(worker control.Worker, status control.Status) string {
	switch {
	case worker.Gone:
		return "gone"
	case worker.Halt != nil:
		return fmt.Sprintf("HALTED since %s: %s; next probe %s",
			stamp(worker.Halt.Since), printable(worker.Halt.Reason), stamp(worker.Halt.NextProbe))
	case worker.Stopping:
		return "stopping"
	case len(status.Pauses) > 0 && status.Pauses[0].Program == "":
		return "paused"
	case worker.CoolingUntil.After(status.At):
		return "cooling down until " + stamp(worker.CoolingUntil)
	default:
		return "taking jobs"
	}
}

func writePauses(w io.Writer, pauses []control.Pause) {
	if len(pauses) > 0 {
		fmt.Fprintln(w)
	}

	for _, pause := range pauses {
		fmt.Fprintf(w, "%s: %s\n", cmp.Or(pause.Program, "all programs"), pausedLine(pause))
	}
}

func writeQueue(w io.Writer, queue control.Queue) {
	fmt.Fprintf(w, "\n%8d  jobs waiting\n", queue.Jobs.Waiting)
	fmt.Fprintf(w, "%8d  jobs taken by workers, or handed back for a moment\n", queue.Jobs.Taken)
	fmt.Fprintf(w, "%8d  retries scheduled\n%8d  retries due\n", queue.Scheduled, queue.Retries.Waiting+queue.Retries.Taken)
	fmt.Fprintf(w, "%8d  dead letters\n", queue.DeadLetters)
}

// writeFull says so where jobs wait because too many others are taken.
func writeFull(w io.Writer, status control.Status) {
	for _, lane := range []struct {
		name string
		fill control.Lane
	}{{jobs.ConsumerJobs, status.Queue.Jobs}, {jobs.ConsumerDue, status.Queue.Retries}} {
		if !lane.fill.Full() {
			continue
		}

		fmt.Fprintf(w, "\n%s has given out all it may (max_ack_pending %d); the rest waits", lane.name, lane.fill.MaxTaken)

		if len(status.Pauses) > 0 {
			fmt.Fprint(w, ", also that of programs that are not paused")
		}

		fmt.Fprintln(w)
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
