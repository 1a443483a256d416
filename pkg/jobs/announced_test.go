package jobs_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// announced publishes the events of some jobs that ended at a time, one each, as a worker would, and returns when the last was
// stored.
func announced(t *testing.T, js jetstream.JetStream, ended time.Time, ids ...string) time.Time {
	t.Helper()

	for _, id := range ids {
		body, err := json.Marshal(jobs.Outcome{Schema: jobs.SchemaVersion, ID: id, CompletedAt: ended})
		require.NoError(t, err)

		message := nats.NewMsg(jobs.OutcomeSubject("demo", "enrolled"))
		message.Data = body
		message.Header.Set(nats.MsgIdHdr, id)

		_, err = js.PublishMsg(t.Context(), message)
		require.NoError(t, err)
	}

	stream, err := js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)

	return stream.CachedInfo().State.LastTime
}

func TestTheEventOfAJobIsFoundByWhenItEnded(t *testing.T) {
	t.Parallel()

	const most = 5

	for name, ahead := range map[string]time.Duration{
		"clocks agree": 0, "the clock of the rows is ahead": 40 * time.Minute, "the clock of the rows is behind": -40 * time.Minute,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			js := newQueue(t, jobs.Topology{Programs: []string{"demo"}})
			find := func(id string, ended time.Time) jobs.Announced {
				t.Helper()

				found, err := jobs.FindAnnounced(t.Context(), js, jobs.OutcomeSubject("demo", "enrolled"), id, ended, most)
				require.NoError(t, err)

				return found
			}
			ended := time.Now().Add(ahead)
			require.Equal(t, jobs.Announced{}, find("one", ended), "there are no events at all")

			at := announced(t, js, ended, "one")
			_, err := js.Publish(t.Context(), jobs.OutcomeSubject("other", "enrolled"), []byte("{}"))
			require.NoError(t, err)
			announced(t, js, ended, "two", "three")

			require.Equal(t, jobs.Announced{At: at, Examined: 1}, find("one", ended))
			require.Equal(t, 3, find("three", ended).Examined)
			require.Equal(t, jobs.Announced{Examined: 3}, find("none", ended))

			for i := range 2 * most {
				announced(t, js, ended, fmt.Sprint("later ", i))
			}

			require.Equal(t, most, find("none", ended).Examined, "it ends")
		})
	}
}

func TestEventsThatAreGoneAreCalledSo(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{Programs: []string{"demo"}})
	ended := time.Now()
	announced(t, js, ended, "one", "two")

	stream, err := js.Stream(t.Context(), jobs.StreamOutcomes)
	require.NoError(t, err)

	for _, keep := range []uint64{1, 0} {
		require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeKeep(keep)))

		found, err := jobs.FindAnnounced(t.Context(), js, jobs.OutcomeSubject("demo", "enrolled"), "one", ended, 10)
		require.NoError(t, err)
		require.True(t, found.Expired, "with %d left", keep)
		require.Zero(t, found.At)
	}
}
