package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/bulk/spelling"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/settings"
)

// knownProgram refuses a program that no living worker has: all jobs would end as invalid. Where nobody can say which programs
// there are, the files are sent, and that is said.
func (c *SubmitFile) knownProgram(ctx context.Context, streams Streams, js jetstream.JetStream) error {
	if c.UnknownProgram {
		return nil
	}

	asking, cancel := context.WithTimeout(ctx, noticeAfter)
	defer cancel()

	workers, err := control.New(js).Present(asking)
	if ctx.Err() != nil {
		return errInterrupted
	}

	if err != nil {
		streams.Notef("Note: whether there is a program %s is not known: %v.", c.Program, err)
		return nil
	}

	known := livingPrograms(workers)

	switch {
	case slices.Contains(known, c.Program):
		return nil
	case len(known) == 0:
		streams.Notef("Note: no worker is alive, so whether there is a program %s is not known.", c.Program)
		return nil
	}

	return settings.Faultf("--program: no worker has a program %s%s, and its jobs would end as invalid; workers have %s. "+
		"Correct it, or send the rows all the same with --unknown-program",
		c.Program, meantName(c.Program, known), strings.Join(known, ", "))
}

// livingPrograms are the programs that workers have told of lately.
func livingPrograms(workers []control.Worker) []string {
	var known []string

	for _, worker := range workers {
		if worker.Gone {
			continue
		}

		for _, program := range worker.Programs {
			known = append(known, program.Name)
		}
	}

	slices.Sort(known)

	return slices.Compact(known)
}

// meantName asks whether the one that was most likely meant is meant; "" when more than half of the name would have to be
// changed.
func meantName(name string, known []string) string {
	if best := spelling.Nearest(name, known, len(name)/2); best != "" {
		return fmt.Sprintf(" (is it %s?)", best)
	}

	return ""
}
