package workercli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// MigrateDown is worker migrate down.
type MigrateDown struct {
	settings.Database `embed:""`
	cli.ForPrograms   `embed:""`

	Yes    bool `help:"Really take the latest migration back, and lose what is in its tables and columns." xor:"how"`
	DryRun bool `name:"dry-run" help:"Only count what would be lost." xor:"how"`
}

// Run takes one migration back. What would be lost is counted and said before, and without --yes nothing else is done.
func (c *MigrateDown) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.Check(); err != nil {
		return err
	}

	out := c.Said(streams).Out

	last, losses, err := store.MigrateDownLosses(ctx, c.Address())
	if err != nil {
		return c.Named(err)
	}

	if !c.Yes {
		err := errors.Join(
			writeLosses(out, fmt.Sprintf("taking back %05d %s would lose", last.Version, last.Name), losses),
			c.Print(streams, downOf(last, losses, false)))
		if !c.DryRun {
			err = errors.Join(err, settings.Faults(errors.New("--yes: is missing; nothing was changed")))
		}

		return err
	}

	if err := writeLosses(out, fmt.Sprintf("taking back %05d %s loses", last.Version, last.Name), losses); err != nil {
		return err
	}

	undone, err := store.MigrateDown(ctx, c.Address())
	if err != nil {
		return c.Named(err)
	}

	if undone.Version != last.Version { // somebody else was faster
		losses = nil
	}

	fmt.Fprintf(out, "took back %05d %s\n", undone.Version, undone.Name)

	return c.Print(streams, downOf(undone, losses, true))
}

func writeLosses(w io.Writer, what string, losses []store.Loss) error {
	return cli.Fitted(w, func(w io.Writer, _ int) {
		if len(losses) == 0 {
			fmt.Fprintf(w, "%s no data\n", what)
			return
		}

		fmt.Fprintf(w, "%s:\n", what)

		for _, loss := range losses {
			fmt.Fprintf(w, "  %s\n", loss)
		}
	})
}

// downLine is a step back for programs.
type downLine struct {
	Version  int64      `json:"version"`
	Name     string     `json:"name"`
	TookBack bool       `json:"took_back"`
	Losses   []lossLine `json:"losses"`
}

type lossLine struct {
	Table     string `json:"table"`
	Column    string `json:"column,omitempty"`
	Where     string `json:"where,omitempty"`
	Changed   bool   `json:"changed,omitempty"`
	Count     int64  `json:"count"`
	Estimated bool   `json:"estimated,omitempty"`
}

func downOf(m store.Migration, losses []store.Loss, tookBack bool) downLine {
	line := downLine{Version: m.Version, Name: m.Name, TookBack: tookBack, Losses: []lossLine{}}

	for _, l := range losses {
		line.Losses = append(line.Losses, lossLine{l.Table, l.Column, l.Rows, l.Changed, l.Count, l.Estimated})
	}

	return line
}
