// Package parts are what every contender works with: the queue, the API and the database.
package parts

import (
	"context"
	"encoding/json"
	"fmt"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/internal/stack"
)

// NATSConfig says how a queue runs.
type NATSConfig struct {
	Dir        string `json:"dir"`
	SyncAlways bool   `json:"sync_always"`
}

// RunNATS is the process of a nats-server with JetStream. It tells its URL when it is ready.
func RunNATS(ctx context.Context, config []byte, parent *child.Parent) error {
	var c NATSConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return fmt.Errorf("reading the configuration: %w", err)
	}

	server, err := stack.StartNATS(ctx, stack.NATSOptions{
		Dir: c.Dir, SyncAlways: c.SyncAlways, Listen: "127.0.0.1:0", Name: "bench",
	})
	if err != nil {
		return err
	}
	defer server.Stop()

	if err := parent.Ready(server.URL()); err != nil {
		return err
	}

	return parent.AwaitEnd()
}
