package control_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// desk is a queue with its bucket, and both sides of it: an operator's and a worker's.
type desk struct {
	t      *testing.T
	js     jetstream.JetStream
	bucket *control.Bucket
	pauses *control.Pauses
	log    *parts.Log
}

func newDesk(t *testing.T) *desk {
	t.Helper()

	return newDeskAt(t, stacktest.NATS(t))
}

func newDeskAt(t *testing.T, server *stack.NATS) *desk {
	t.Helper()

	js, err := jetstream.New(stacktest.Connect(t, server))
	require.NoError(t, err)

	d := &desk{t: t, js: js, bucket: control.New(js), log: &parts.Log{}}
	require.NoError(t, d.ensure(t.Context()))

	d.pauses = d.follow()

	return d
}

func (d *desk) ensure(ctx context.Context) error {
	_, err := jobs.Ensure(ctx, d.js, jobs.Topology{Programs: []string{"gold", "silver"}})
	return err
}

// follow makes another worker's view.
func (d *desk) follow() *control.Pauses {
	return d.bucket.WatchPauses(d.ensure, slog.New(slog.NewTextHandler(d.log, nil)))
}

func (d *desk) pause(program string) {
	d.t.Helper()
	require.NoError(d.t, d.bucket.Pause(d.t.Context(), control.Pause{Program: program, By: "ana@host", At: noon(), Why: "test"}))
}

func (d *desk) resume(program string) *control.Pause {
	d.t.Helper()

	lifted, err := d.bucket.Resume(d.t.Context(), program)
	require.NoError(d.t, err)

	return lifted
}

func (d *desk) refresh() {
	d.t.Helper()
	require.NoError(d.t, d.pauses.Refresh(d.t.Context()))
}

func (d *desk) deleteBucket() {
	d.t.Helper()
	require.NoError(d.t, d.js.DeleteKeyValue(d.t.Context(), jobs.BucketControl))
}

// paused lists which of the programs are.
func (d *desk) paused(programs ...string) []string {
	var paused []string

	for _, program := range programs {
		if d.pauses.Paused(program) {
			paused = append(paused, program)
		}
	}

	return paused
}

func (d *desk) status() control.Status {
	d.t.Helper()

	status, err := d.bucket.Status(d.t.Context())
	require.NoError(d.t, err)

	return status
}

// put writes what no version of ours would.
func (d *desk) put(key, value string) {
	d.t.Helper()

	kv, err := d.js.KeyValue(d.t.Context(), jobs.BucketControl)
	require.NoError(d.t, err)
	_, err = kv.PutString(d.t.Context(), key, value)
	require.NoError(d.t, err)
}

func noon() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }
