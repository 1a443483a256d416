package settings

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"enroll.example/clicktopay/internal/address"
)

// Health says where a worker tells how it fares.
type Health struct {
	HealthListen string `name:"health-listen" default:"127.0.0.1:8282" help:"Address of /healthz, /readyz and /metrics, of its own for each worker on a machine; empty for none."`
}

// CheckListen reports an address that cannot be one.
func (h Health) CheckListen() error { return CheckListen("health-listen", h.HealthListen) }

// CheckListen reports that the address of a setting cannot be listened at; an empty one is none.
func CheckListen(flag, given string) error {
	given = strings.TrimSpace(given)
	if given == "" {
		return nil
	}

	host, port, err := net.SplitHostPort(given)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16) // 0 for any that is free
	}

	if err != nil || host != "" && !address.IsHost(strings.TrimSuffix(given, ":"+port)) {
		return About(flag, fmt.Errorf("%.100q is not an address such as 127.0.0.1:8282", given))
	}

	return nil
}

// Listen opens the address; the listener is nil when there is to be none.
func (h Health) Listen(ctx context.Context) (net.Listener, error) {
	given := strings.TrimSpace(h.HealthListen)
	if given == "" {
		return nil, nil //nolint:nilnil // none is what was asked for
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", given)
	if err != nil {
		return nil, fmt.Errorf("--health-listen %s: %w (each worker on a machine needs an address of its own; empty for none)",
			given, err)
	}

	return listener, nil
}
