package follow_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/follow"
	"enroll.example/clicktopay/pkg/store"
)

func now() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// state is a batch of ten rows, one of them rejected, that has been read to its end.
func state(change func(*follow.State)) follow.State {
	s := follow.State{
		At: now(), ReadAt: now(), SeenAt: now(), Rate: 2,
		Progress: store.Progress{
			Batch: store.Batch{
				ID: "june", Program: "demo", Source: "cards.csv", RowsRead: 10, RowsRejected: 1, RowsPublished: 9,
				StartedAt: now(), CompletedAt: now(),
			},
			ByStatus: map[store.Status]int64{store.StatusEnrolled: 3, store.StatusRetrying: 1, store.StatusInProgress: 1},
		},
	}
	change(&s)

	return s
}

func by(counts map[store.Status]int64) func(*follow.State) {
	return func(s *follow.State) { s.Progress.ByStatus = counts }
}

func TestWhenABatchIsDone(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(*follow.State)
		total  int64
		queued int64
		done   bool
	}{
		"under way":               {func(*follow.State) {}, 9, 4, false},
		"all enrolled":            {by(map[store.Status]int64{store.StatusEnrolled: 9}), 9, 0, true},
		"the last is in doubt":    {by(map[store.Status]int64{store.StatusEnrolled: 8, store.StatusInDoubt: 1}), 9, 0, true},
		"the last waits":          {by(map[store.Status]int64{store.StatusEnrolled: 8, store.StatusRetrying: 1}), 9, 0, false},
		"no worker saw the last":  {by(map[store.Status]int64{store.StatusEnrolled: 8}), 9, 1, false},
		"a conflict beside a job": {by(map[store.Status]int64{store.StatusEnrolled: 8, store.StatusConflict: 1, store.StatusRetrying: 1}), 9, 0, false},
		"being read": {func(s *follow.State) {
			s.Progress.Batch.CompletedAt = time.Time{}
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 9}
		}, 9, 0, false},
		"canceled while it was read": {func(s *follow.State) {
			s.Progress.Batch.CompletedAt, s.Progress.Batch.RowsPublished = time.Time{}, 7
			s.Progress.Batch.Canceled.At = now()
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3, store.StatusCanceled: 4}
		}, 7, 0, true},
		"of all rows rejected": {func(s *follow.State) {
			s.Progress.Batch.RowsRejected, s.Progress.ByStatus = 10, nil
		}, 0, 0, true},
		"named by messages": {func(s *follow.State) {
			s.Progress.Batch = store.Batch{ID: "june"}
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3}
		}, 3, 0, false},
		"named by messages, and quiet": {func(s *follow.State) {
			s.Progress.Batch, s.SeenAt = store.Batch{ID: "june"}, now().Add(-15*time.Second)
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3}
		}, 3, 0, true},
		"named by messages, quiet, and one is to be retried": {func(s *follow.State) {
			s.Progress.Batch, s.SeenAt = store.Batch{ID: "june"}, now().Add(-time.Hour)
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3, store.StatusRetrying: 1}
		}, 4, 0, false},
		"named by messages, with a total": {func(s *follow.State) {
			s.Progress.Batch, s.Expect, s.SeenAt = store.Batch{ID: "june"}, 3, now()
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3}
		}, 3, 0, true},
		"named by messages, below its total": {func(s *follow.State) {
			s.Progress.Batch, s.Expect, s.SeenAt = store.Batch{ID: "june"}, 5, now().Add(-time.Hour)
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3}
		}, 5, 2, false},
		"the ledger is away": {func(s *follow.State) {
			s.LedgerErr = errors.New("away")
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 9}
		}, 9, 0, false},
	} {
		s := state(c.change)
		require.Equal(t, c.total, s.Total(), name)
		require.Equal(t, c.queued, s.Queued(), name)
		require.Equal(t, c.done, s.Done(), name)
	}
}

func TestTimeLeftAndCleanEnd(t *testing.T) {
	t.Parallel()

	require.Equal(t, 3*time.Second, state(func(*follow.State) {}).Left())
	require.Zero(t, state(func(s *follow.State) { s.Rate = 0 }).Left())
	require.Zero(t, state(func(s *follow.State) { s.Progress.Batch.CompletedAt = time.Time{} }).Left(), "nobody knows how many rows come")
	require.Zero(t, state(by(map[store.Status]int64{store.StatusEnrolled: 9})).Left())

	good := map[store.Status]int64{store.StatusEnrolled: 5, store.StatusAlreadyEnrolled: 2, store.StatusUnenrolled: 1, store.StatusNotEnrolled: 1}
	require.False(t, state(by(good)).AllSucceeded(), "a row was rejected")
	require.True(t, state(func(s *follow.State) { s.Progress.Batch.RowsRejected, s.Progress.ByStatus = 0, good }).AllSucceeded())
	require.False(t, state(func(s *follow.State) {
		s.Progress.Batch.RowsRejected, s.Progress.ByStatus = 0, map[store.Status]int64{store.StatusEnrolled: 8, store.StatusInDoubt: 1}
	}).AllSucceeded())
}

func fleet(pauses []control.Pause, workers ...control.Worker) func(*follow.State) {
	return func(s *follow.State) {
		s.Rate, s.Fleet = 0, &control.Status{At: now(), Workers: workers, Pauses: pauses}
	}
}

func worker(change func(*control.Worker)) control.Worker {
	w := control.Worker{Presence: control.Presence{
		Worker:   "w",
		Programs: []control.ProgramPresence{{Name: "demo"}, {Name: "gold", Halt: &control.Stop{Reason: "not ours"}}},
	}}
	change(&w)

	return w
}

func TestWhatABatchWaitsFor(t *testing.T) {
	t.Parallel()

	good := worker(func(*control.Worker) {})
	halted := worker(func(w *control.Worker) { w.Programs[0].Halt = &control.Stop{Reason: "INVALID_KEY:\x1b[2J expired"} })
	advised := worker(func(w *control.Worker) {
		w.Programs[0].Halt = &control.Stop{Reason: "INVALID_KEY: expired", Advice: "replace the signing key"}
	})
	sick := worker(func(w *control.Worker) { w.Programs[0].Trip = &control.Stop{Reason: "10 of 10 calls failed"} })
	cooling := worker(func(w *control.Worker) { w.Programs[0].CoolingUntil = now().Add(time.Minute) })

	for name, c := range map[string]struct {
		change func(*follow.State)
		want   []string
	}{
		"nothing":                {fleet(nil, good), nil},
		"not known":              {func(*follow.State) {}, nil},
		"a pause of its program": {fleet([]control.Pause{{Program: "demo", By: "ana", Why: "keys"}}, good), []string{"paused: demo, by ana (keys); lift it: submit resume demo"}},
		"a pause of all":         {fleet([]control.Pause{{}}, good), []string{"paused: all programs, by an operator; lift it: submit resume --all"}},
		"a pause of another":     {fleet([]control.Pause{{Program: "gold"}}, good), nil},
		"no workers":             {fleet(nil), []string{"no worker is running: start one (worker run)"}},
		"workers that are gone": {fleet(nil, worker(func(w *control.Worker) { w.Gone = true }), worker(func(w *control.Worker) { w.Stopping = true })),
			[]string{"no worker is running: start one (worker run)"}},
		"workers that do not tell": {func(s *follow.State) {
			fleet(nil)(s)
			s.Rate = 1
		}, nil},
		"a halt of which it is known what to do": {fleet(nil, advised), []string{
			"HALTED at 1 of 1 workers: INVALID_KEY: expired; mend that, and they go on by themselves", "what to do: replace the signing key",
		}},
		"a halt":                {fleet(nil, good, halted), []string{"HALTED at 1 of 2 workers: INVALID_KEY: [2J expired; mend that, and they go on by themselves (what to do: their logs, submit outcomes)"}},
		"a sick API":            {fleet(nil, good, sick), []string{"the API is sick, as 1 of 2 workers see it: 10 of 10 calls failed; they go on by themselves"}},
		"workers of other ones": {fleet(nil, worker(func(w *control.Worker) { w.Programs = w.Programs[1:] })), []string{"no worker that is running has the program demo"}},
		"all cool down":         {fleet(nil, cooling), []string{"all workers cool down, the first until 12:01:00Z"}},
		"one cools down":        {fleet(nil, cooling, good), nil},
		"the queue is away": {func(s *follow.State) {
			fleet(nil)(s)
			s.FleetErr = errors.New("no servers")
		}, []string{"the queue does not answer, trying again: no servers"}},
		"Postgres is away": {func(s *follow.State) { s.LedgerErr = errors.New("refused") }, []string{"waiting for the database (--database-url), which does not answer: refused"}},
		"its reader": {func(s *follow.State) {
			s.Progress.Batch.CompletedAt, s.ReadAt = time.Time{}, now().Add(-time.Minute)
		}, []string{"the reader of the file seems to have stopped: submit the file again, under the same batch"}},
		"Postgres, to which no reader can tell anything": {func(s *follow.State) {
			s.LedgerErr = errors.New("refused")
			s.Progress.Batch.CompletedAt, s.ReadAt = time.Time{}, now().Add(-time.Minute)
		}, []string{"waiting for the database (--database-url), which does not answer: refused"}},
		"a reader that goes on": {func(s *follow.State) { s.Progress.Batch.CompletedAt = time.Time{} }, nil},
		"its end": {func(s *follow.State) {
			s.Progress.Batch.Canceled = store.Cancellation{At: now(), By: "ana", Why: "wrong file"}
		},
			[]string{"canceled 2026-06-15 12:00:00Z by ana: wrong file; what is left ends as canceled when a worker takes it"}},
		"nothing, being done": {func(s *follow.State) {
			fleet(nil)(s)
			s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 9}
		}, nil},
	} {
		require.Equal(t, c.want, state(c.change).Notes(), name)
	}
}
