package health_test

import (
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.watch()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)

	go func() { ended <- r.watching.Serve(ctx, listener, r.config.Logger) }()

	r.url = "http://" + listener.Addr().String()
	code, _ := r.get("/healthz")
	require.Equal(t, http.StatusOK, code)
	code, _ = r.get("/nothing")
	require.Equal(t, http.StatusNotFound, code)

	cancel()
	require.NoError(t, <-ended)
	require.Error(t, listener.Close(), "closed already")
}

func TestServesNothingOnAListenerThatIsClosed(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.watch()

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	require.ErrorContains(t, r.watching.Serve(t.Context(), listener, r.config.Logger), "serving health and metrics: ")
}
