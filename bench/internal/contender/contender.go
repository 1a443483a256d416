// Package contender holds those that are compared: each takes sealed jobs from its queue, calls the API with the project's
// client, and leaves a row in Postgres.
package contender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/pkg/jobs"
)

// Setup is what a contender is given.
type Setup struct {
	Keys     devkeys.Dir `json:"keys"`
	API      string      `json:"api"`
	Database string      `json:"database"`
	NATS     string      `json:"nats"`
	InFlight int         `json:"in_flight"`
	Jobs     int         `json:"jobs"`
	Profile  string      `json:"profile,omitempty"` // file for the processor profile; empty for none
}

// Contender is one way to do the work.
type Contender struct {
	Name string
	// Fill makes its tables and puts the jobs into its queue, before the clock runs.
	Fill func(ctx context.Context, s Setup, sealed []jobs.Job) error
	// Count is how many jobs have their row, of how it ended as it should.
	Count string
	// prepare connects. What it returns works until its context ends, and adds each job that is done to the tally.
	prepare func(ctx context.Context, s Setup, done *tally) (work func(context.Context) error, err error)
}

// All are the contenders, in the order of the table.
func All() []Contender {
	return []Contender{product(), batchLane(), plainLoop(), watermillPull(), riverQueue()}
}

// Run is the process of a contender.
func (c Contender) Run(ctx context.Context, config []byte, parent *child.Parent) error {
	var s Setup
	if err := json.Unmarshal(config, &s); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()

	done := newTally(s.Jobs)

	work, err := c.prepare(ctx, s, done)
	if err != nil {
		return err
	}

	if err := errors.Join(parent.Ready(""), parent.AwaitGo()); err != nil {
		return err
	}

	endProfile, err := profile(s.Profile)
	if err != nil {
		return err
	}

	ended := make(chan error, 1)

	go func() { ended <- work(ctx) }()

	select {
	case err := <-ended:
		return errors.Join(errors.New("it stopped before all jobs were done"), err, endProfile())
	case <-done.all:
	}

	err = errors.Join(endProfile(), parent.Done(), parent.AwaitEnd())

	stop()

	return errors.Join(err, <-ended)
}
