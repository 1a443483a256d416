package chaos

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

const loopback = "127.0.0.1"

// api is the sandbox behind HTTP, with a switch for storms.
type api struct {
	sandbox *sandbox.Sandbox
	storm   atomic.Int32 // status of every answer while it blows, else zero
	ahead   atomic.Int64 // of its clock, in nanoseconds
	server  *http.Server
	addr    string
	served  chan struct{}
}

func startAPI(ctx context.Context, keys devkeys.Dir) (*api, error) {
	options, err := keys.Sandbox()
	if err != nil {
		return nil, err
	}

	a := &api{served: make(chan struct{})}
	options.Now = func() time.Time { return time.Now().Add(time.Duration(a.ahead.Load())) }

	s, err := sandbox.New(options) //nolint:contextcheck,nolintlint // nothing that could be canceled; found now and then
	if err != nil {
		return nil, err
	}

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", loopback+":0")
	if err != nil {
		return nil, fmt.Errorf("opening a port for the sandbox: %w", err)
	}

	const headers = 10 * time.Second

	a.sandbox, a.addr = s, listener.Addr().String()
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: headers}

	go func() {
		defer close(a.served)

		_ = a.server.Serve(listener) // ends when it is closed
	}()

	return a, nil
}

// ServeHTTP answers as the sandbox does, or as a gateway in trouble.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := int(a.storm.Load())
	if status == 0 {
		a.sandbox.ServeHTTP(w, r)
		return
	}

	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}

	w.WriteHeader(status)
}

func (a *api) close() {
	_ = a.server.Close()
	<-a.served
}
