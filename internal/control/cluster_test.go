package control_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// newClusterDesk is a desk at a queue of three nodes.
func newClusterDesk(t *testing.T) *desk {
	t.Helper()

	js, err := jetstream.New(stacktest.Cluster(t).Connect(t))
	require.NoError(t, err)

	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: jobs.BucketControl, Replicas: 3, Storage: jetstream.FileStorage})
	require.NoError(t, err)

	return &desk{t: t, js: js, bucket: control.New(js), log: &parts.Log{}}
}

// Workers that ask at the same time come in between each other. That is no failure, which would cost each a second.
func TestWorkersOfAClusterComeInBetween(t *testing.T) {
	t.Parallel()

	const workers = 8

	d := newClusterDesk(t)

	var (
		all     sync.WaitGroup
		granted atomic.Int64
	)

	for range workers {
		r := d.rate(100_000)

		all.Go(func() {
			for range 20 {
				bursts, err := d.allocated(r, 1)
				if err != nil {
					t.Error(err)
					return
				}

				granted.Add(int64(len(bursts)))
			}
		})
	}

	all.Wait()
	require.Positive(t, granted.Load())
	require.Zero(t, d.log.Count("cannot be shared out"))
}
