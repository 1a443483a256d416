package settings

import (
	"context"
	"fmt"
	"net"
)

// Health says where a worker tells how it fares.
type Health struct {
	HealthListen string `name:"health-listen" default:"127.0.0.1:8282" help:"Address of /healthz, /readyz and /metrics, of its own for each worker on a machine; empty for none."`
}

// Listen opens the address; the listener is nil when there is to be none.
func (h Health) Listen(ctx context.Context) (net.Listener, error) {
	if h.HealthListen == "" {
		return nil, nil //nolint:nilnil // none is what was asked for
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", h.HealthListen)
	if err != nil {
		return nil, fmt.Errorf("--health-listen %s: %w (each worker on a machine needs an address of its own; empty for none)",
			h.HealthListen, err)
	}

	return listener, nil
}
