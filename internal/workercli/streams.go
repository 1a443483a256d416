package workercli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// Streams is worker streams.
type Streams struct {
	Diff  StreamsDiff  `cmd:"" help:"Show where streams and consumers differ from the settings of worker run."`
	Apply StreamsApply `cmd:"" help:"Show it, ask, and change the streams and consumers. Jobs go on meanwhile."`
}

// wantedStreams are the settings that both commands take.
type wantedStreams struct {
	settings.NATS    `embed:""`
	settings.Streams `embed:""`
	settings.Log     `embed:""`
	cli.ForPrograms  `embed:""`

	ProgramsFile string `name:"programs-file" placeholder:"FILE" help:"JSON file with the programs; their consumers are looked at too."`
}

// StreamsDiff is worker streams diff.
type StreamsDiff struct {
	wantedStreams `embed:""`
}

// Run shows the differences.
func (c *StreamsDiff) Run(ctx context.Context, streams cli.Streams) error {
	changes, disconnect, err := c.look(ctx, streams)
	if err != nil {
		return err
	}
	defer disconnect()

	if err := c.show(streams, changes); err != nil {
		return err
	}

	if len(changes) > 0 {
		return cli.ErrFound
	}

	return nil
}

// StreamsApply is worker streams apply.
type StreamsApply struct {
	wantedStreams `embed:""`

	Yes bool `help:"Change them without asking."`
}

// Run shows the differences, asks, and makes the changes one after the other.
func (c *StreamsApply) Run(ctx context.Context, streams cli.Streams) error {
	changes, disconnect, err := c.look(ctx, streams)
	if err != nil {
		return err
	}
	defer disconnect()

	if err := c.show(streams, changes); err != nil || len(changes) == 0 {
		return err
	}

	if !c.Yes {
		if err := sure(streams, "Change them?", "nothing was changed"); err != nil {
			return err
		}
	}

	for i, change := range changes {
		streams.Notef("changing %s", change.Object)

		if err := change.ApplyWith(ctx, func(said string) { streams.Notef("  %s", said) }); err != nil {
			return fmt.Errorf("%w\n%d of %d are changed; once that is mended, the same command does the rest",
				withAdvice(err), i, len(changes))
		}
	}

	streams.Notef("%d changed", len(changes))

	return nil
}

// sure asks. What is no terminal and does not say yes is taken for a no.
func sure(streams cli.Streams, question, otherwise string) error {
	fmt.Fprint(streams.Err, question+" Write yes: ")

	answer, err := bufio.NewReader(io.LimitReader(streams.In, 100)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the answer: %w", err)
	}

	if strings.TrimSpace(answer) != "yes" {
		return errors.New(otherwise + "; answer yes, or give --yes")
	}

	return nil
}

// look compares. The connection ends with the returned function.
func (c *wantedStreams) look(ctx context.Context, streams cli.Streams) ([]jobs.TopologyChange, func(), error) {
	topology := c.Topology()

	var errPrograms error

	if c.ProgramsFile != "" {
		programs, err := service.Worker{ProgramsFile: c.ProgramsFile}.Programs()
		topology.Programs, errPrograms = slices.Sorted(maps.Keys(programs)), err
	}

	if err := settings.Faults(errPrograms, c.CheckStreams(), c.CheckQueue()); err != nil {
		return nil, nil, err
	}

	js, disconnect, err := c.Connect("enroll worker streams", c.Logger(streams.Err))
	if err != nil {
		return nil, nil, err
	}

	changes, err := jobs.TopologyChanges(ctx, js, topology)
	if err != nil {
		disconnect()
		return nil, nil, err
	}

	return changes, disconnect, nil
}

// difference is one line for programs.
type difference struct {
	Object  string `json:"object"`
	Setting string `json:"setting"`
	Have    string `json:"have"`
	Want    string `json:"want"`
	Loses   string `json:"loses,omitempty"`
}

func (c *wantedStreams) show(streams cli.Streams, changes []jobs.TopologyChange) error {
	lines := []difference{}

	for _, change := range changes {
		for _, drift := range change.Drifts {
			lines = append(lines, difference{
				drift.Object, drift.Setting, fmt.Sprint(drift.Have), fmt.Sprint(drift.Want), loses(drift),
			})
		}
	}

	if c.JSON {
		return c.Print(streams, lines)
	}

	if len(lines) == 0 {
		_, err := fmt.Fprintln(streams.Out, "streams and consumers are as the settings say")
		return err
	}

	var (
		rows   [][]string
		losses strings.Builder
	)

	for _, line := range lines {
		rows = append(rows, []string{line.Object, line.Setting, "has " + line.Have + ", should have " + line.Want})

		if line.Loses != "" {
			fmt.Fprintf(&losses, "\nTo change %s of %s removes at once: %s\n", line.Setting, line.Object, line.Loses)
		}
	}

	return cli.Fitted(streams.Out, func(w io.Writer, width int) {
		fmt.Fprint(w, layout.Table(width, []string{"OBJECT", "SETTING", "DIFFERENCE"}, rows)+layout.Wrap(losses.String(), width))
	})
}

// withAdvice adds what to do where the queue says that it has no place for the copies.
func withAdvice(err error) error {
	const singleServer, noPlace = 10074, 10005 // error codes of JetStream

	var answer *jetstream.APIError
	if !errors.As(err, &answer) {
		return err
	}

	switch answer.ErrorCode {
	case singleServer:
		return fmt.Errorf("%w\na single server keeps one copy: give --replicas 1, or run a cluster", err)
	case noPlace:
		return fmt.Errorf("%w\nthe cluster has too few servers that are up for so many copies", err)
	default:
		return err
	}
}

// loses says what a change takes away at once.
func loses(drift jobs.Drift) string {
	have, hasAge := drift.Have.(time.Duration)
	want, wantsAge := drift.Want.(time.Duration)

	if drift.Setting == "max_age" && hasAge && wantsAge && want > 0 && (have == 0 || want < have) {
		return "messages older than " + want.String()
	}

	copies, hasCopies := drift.Have.(int)
	wanted, wantsCopies := drift.Want.(int)

	if drift.Setting == "num_replicas" && hasCopies && wantsCopies && wanted < copies {
		return fmt.Sprintf("%d of %d copies, and what they are for: %s", copies-wanted, copies, survives(wanted))
	}

	return ""
}

// survives says what a number of copies stands.
func survives(copies int) string {
	if copies < 3 {
		return "with one, what is accepted is lost with its disk"
	}

	return fmt.Sprintf("with %d, the queue stands the loss of %d servers at once", copies, (copies-1)/2)
}
