package enroll_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// loseEvents makes the stream of events anew, as it is for who was away for longer than it keeps them.
func (r *rig) loseEvents() {
	r.t.Helper()

	// A server that still removes the files of one stream that it deleted leaves those of the next, and finds them when that is made
	// anew. So it is deleted until none are found.
	eventually.True(r.t, func() bool {
		require.NoError(r.t, r.js.DeleteStream(r.t.Context(), jobs.StreamOutcomes))
		_, err := jobs.Ensure(r.t.Context(), r.js, r.config.Topology)
		require.NoError(r.t, err)

		return outcomesState(r).LastSeq == 0
	}, patience, 5*time.Millisecond)
}

// allEnded are the jobs of all programs.
func (r *rig) allEnded() store.EndedScope {
	r.t.Helper()

	programs, err := r.store.Programs(r.t.Context())
	require.NoError(r.t, err)

	return store.EndedScope{Programs: programs, From: time.Now().Add(-time.Hour), Before: time.Now().Add(time.Hour)}
}

func (r *rig) again(o announce.AgainOptions) announce.AgainAccount {
	r.t.Helper()

	account, err := announce.Again(r.t.Context(), r.js, r.store, o)
	require.NoError(r.t, err)

	return account
}

// bodies are those of events, by their ids and subjects.
func bodies(events []published) map[string]string {
	all := map[string]string{}
	for _, event := range events {
		all[event.subject+" "+event.header.Get(nats.MsgIdHdr)] = string(event.raw)
	}

	return all
}

// Who was away for too long gets every event once more, as it was to the byte.
func TestEventsAreAnnouncedAgainAsTheyWere(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	ends := r.everyEnd()
	first := bodies(r.events(len(ends)))

	// Shortly after, the queue still knows them and keeps the ones that it has.
	account := r.again(announce.AgainOptions{Scope: r.allEnded()})
	require.EqualValues(t, len(first), account.Announced)
	require.Equal(t, account.Announced, account.Duplicates)
	require.Len(t, r.events(len(ends)), len(first))

	r.loseEvents()

	account = r.again(announce.AgainOptions{Scope: r.allEnded()})
	require.Zero(t, account.Duplicates)
	require.Equal(t, first, bodies(r.events(len(ends))))

	// Of one program, or of another time.
	scope := r.allEnded()
	scope.Programs = []string{"silver"}
	require.Zero(t, r.again(announce.AgainOptions{Scope: scope}).Announced)

	scope = r.allEnded()
	scope.Before = scope.From.Add(time.Minute)
	require.Zero(t, r.again(announce.AgainOptions{Scope: scope}).Announced)
}

// One that is interrupted says from when on it is to be gone on with, and nothing is missing then.
func TestAnInterruptedAnnouncementIsGoneOnWith(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.everyEnd()
	first := bodies(r.events(1))
	r.loseEvents()

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()

	ledger := onePage{r.store}
	account, err := announce.Again(ctx, r.js, ledger, announce.AgainOptions{Scope: r.allEnded(), OnProgress: func(done int64) {
		if done >= 4 {
			interrupt()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, account.Through.IsZero())
	require.Less(t, account.Announced, int64(len(first)))

	scope := r.allEnded()
	scope.From = account.Through
	account, err = announce.Again(t.Context(), r.js, ledger, announce.AgainOptions{Scope: scope})
	require.NoError(t, err)
	require.Positive(t, account.Duplicates, "those of the last moment come again")
	require.Equal(t, first, bodies(r.events(1)))
}

// onePage reads a few jobs at a time.
type onePage struct{ *store.Store }

func (o onePage) EndedOutcomes(ctx context.Context, scope store.EndedScope, after store.EndedJob, _ int) ([]store.Outcome, error) {
	return o.Store.EndedOutcomes(ctx, scope, after, 2)
}

// What a push gave is in the event again where the key is there that opens it.
func TestThePushOfAnEventIsAnnouncedAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.pushing()
	r.publishPush(sandbox.PAN(0, 1), toWallet)

	stop := r.start()
	require.Equal(t, "pushed", r.outcome().Status)
	stop()

	first := bodies(r.events(1))
	require.Contains(t, slices.Collect(maps.Values(first))[0], `"push":{`)
	r.loseEvents()

	require.EqualValues(t, 1, r.again(announce.AgainOptions{Scope: r.allEnded()}).WithoutPush)
	require.NotEqual(t, first, bodies(r.events(1)))
	r.loseEvents()

	require.Zero(t, r.again(announce.AgainOptions{Scope: r.allEnded(), Keys: r.config.Keys()}).WithoutPush)
	require.Equal(t, first, bodies(r.events(1)))
}
