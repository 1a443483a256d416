package jobs_test

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestAMessageThatIsGoneIsOverwritten(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{Programs: []string{"gold"}})
	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	ack, err := js.Publish(t.Context(), jobs.Subject("gold"), []byte("{}"))
	require.NoError(t, err)

	require.NoError(t, jobs.Overwrite(t.Context(), stream, ack.Sequence))
	_, err = stream.GetMsg(t.Context(), ack.Sequence)
	require.ErrorIs(t, err, jetstream.ErrMsgNotFound)

	require.NoError(t, jobs.Overwrite(t.Context(), stream, ack.Sequence), "somebody was faster")

	require.NoError(t, js.DeleteStream(t.Context(), jobs.StreamJobs))
	require.Error(t, jobs.Overwrite(t.Context(), stream, ack.Sequence), "nobody knows whether it is gone")
}
