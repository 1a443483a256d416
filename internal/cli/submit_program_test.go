package cli_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/jobs"
)

// A program that living workers do not have is a typo; where nobody is alive it is not known.
func TestAProgramThatNoWorkerHasIsRefused(t *testing.T) {
	t.Parallel()

	d := newDesk(t, 100)

	code, out := run(t, d.env, "submit", d.file, "--program", "gold", "--batch", "early")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "Note: no worker is alive, so whether there is a program gold is not known.")

	_, err := jobs.Ensure(t.Context(), d.js, jobs.Topology{Programs: []string{"gold", "silver"}})
	require.NoError(t, err)

	ctx, leave := context.WithCancel(t.Context())

	var workers sync.WaitGroup

	workers.Go(func() {
		control.New(d.js).Announce(ctx, make(chan time.Time), func() control.Presence {
			return control.Presence{Worker: "w", Programs: []control.ProgramPresence{{Name: "gold"}, {Name: "silver"}}}
		}, slog.New(slog.DiscardHandler))
	})
	t.Cleanup(func() { leave(); workers.Wait() })
	eventually.True(t, func() bool {
		status, err := control.New(d.js).Status(t.Context())
		return err == nil && len(status.Workers) == 1
	}, patience, tick)

	before := d.stored(t)
	code, out = run(t, d.env, "submit", d.file, "--program", "glod", "--batch", "b")
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "--program: no worker has a program glod (is it gold?)")
	require.Contains(t, out, "workers have gold, silver")
	require.Equal(t, before, d.stored(t), "nothing was sent")

	_, out = run(t, d.env, "submit", d.file, "--program", "glod", "--batch", "b", "--dry-run")
	require.Contains(t, out, "The real run would be refused and send nothing: --program: no worker has a program glod (is it gold?)")

	_, out = run(t, d.env, "submit", d.file, "--program", "gold", "--batch", "another", "--dry-run")
	require.Contains(t, out, "would be refused and send nothing: "+d.file+": the same content was sent before, as batch early")

	code, out = run(t, d.env, "submit", d.file, "--program", "glod", "--batch", "b", "--unknown-program")
	require.Equal(t, 3, code, out)
	require.Greater(t, d.stored(t), before)

	code, out = run(t, d.env, "submit", d.file, "--program", "silver", "--batch", "c")
	require.Equal(t, 3, code, out)
	require.NotContains(t, out, "Note: no worker")
}
