// Command bench compares the worker with other ways to do its work: see docs/benchmarks.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/bench/internal/measure"
)

const description = "Compare the worker with a plain loop, Watermill and River: each a process, with the same work and client."

func main() {
	if err := run(); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "bench:", err)

		os.Exit(1)
	}
}

func run() error {
	// Children do not listen to signals: they end with their input, in good order.
	if was, err := child.Main(context.Background(), measure.Roles()); was {
		return err
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	var options measure.Options

	kong.Parse(&options, kong.Name("bench"), kong.Description(description))

	options.Progress = os.Stderr

	table, err := measure.Run(ctx, options)
	if err != nil {
		return err
	}

	return table.Write(os.Stdout)
}
