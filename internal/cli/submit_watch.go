package cli

import (
	"context"

	"enroll.example/clicktopay/internal/settings"
)

// SubmitWatch is submit watch.
type SubmitWatch struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`

	Batch string `arg:"" help:"Batch to follow."`
	JSON  bool   `name:"json" help:"Print JSON for programs, one object a line."`
}

// Run follows the batch.
func (c *SubmitWatch) Run(ctx context.Context, streams Streams) error { return nil }
