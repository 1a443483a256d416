package redrive_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// However many letters there are, the one of a job is looked up.
func TestOneJobAmongManyLettersReadsOne(t *testing.T) {
	t.Parallel()

	const others = 3_000

	r := newRig(t)
	r.addDeadLetter(r.dead("the.one"))
	r.writeMany(others)
	r.addDeadLetter(r.dead("the.doubtful"))
	r.makeInDoubt("the.doubtful")

	account := r.run(redrive.Options{Filter: redrive.Filter{JobID: "the.one"}})
	require.Equal(t, 1, account.Letters)
	require.Equal(t, 1, account.Redriven)

	began := time.Now()
	outcome, err := redrive.Resolve(t.Context(), r.js, r.store, store.ResolveRequest{JobID: "the.doubtful", As: store.ResolveResend})
	require.NoError(t, err)
	t.Logf("resolved among %d letters in %s", others, time.Since(began))
	require.Equal(t, store.StatusPending, outcome.Status)
	require.Equal(t, []string{"the.one/redrive/1", "the.doubtful/redrive/2"}, r.queued())

	consumers, err := r.js.Stream(t.Context(), jobs.StreamDead)
	require.NoError(t, err)
	require.Zero(t, consumers.CachedInfo().State.Consumers, "none was needed to read them")

	// All of them are still found without looking for one.
	all := r.run(redrive.Options{DryRun: true, Filter: redrive.Filter{Program: "demo"}})
	require.Equal(t, others+3, all.Letters)

	backlog, err := jobs.ReadBacklog(t.Context(), r.js)
	require.NoError(t, err)
	require.EqualValues(t, others+3, backlog.DeadLetters)
}

// writeMany leaves letters of jobs without rows, each on a subject of its own.
func (r *rig) writeMany(n int) {
	r.t.Helper()

	letter := r.dead("seal")

	for i := range n {
		letter.Job.ID = fmt.Sprintf("other.%05d", i)
		body, err := json.Marshal(letter)
		require.NoError(r.t, err)
		_, err = r.js.PublishAsync(jobs.DeadSubject("demo", letter.Job.ID), body)
		require.NoError(r.t, err)

		if i%1000 == 0 { // fewer than the client lets stand before it gives up
			r.published()
		}
	}

	r.published()
}

// published waits for the queue's word on what was published.
func (r *rig) published() {
	r.t.Helper()

	select {
	case <-r.js.PublishAsyncComplete():
	case <-time.After(patience):
		r.t.Fatal("the letters are not written")
	}
}

func TestWhereTheLetterOfAJobIs(t *testing.T) {
	t.Parallel()

	doubtful := func(l *jobs.DeadLetter) { l.Status = "in_doubt" }
	gold := func(l *jobs.DeadLetter) { l.Job.Program = "gold" }

	for name, c := range map[string]struct {
		write    func(r *rig)
		filter   redrive.Filter
		letters  int // that are read
		selected int
	}{
		"on its subject": {
			func(r *rig) { r.write(r.dead("a.b")) },
			redrive.Filter{Program: "demo"}, 1, 1,
		},
		"on its subject, twice": {
			func(r *rig) { r.write(r.dead("a.b", doubtful)); r.write(r.dead("a.b")) },
			redrive.Filter{Program: "demo"}, 1, 1,
		},
		"on its subject, the newest of another status": {
			func(r *rig) { r.write(r.dead("a.b")); r.write(r.dead("a.b", doubtful)) },
			redrive.Filter{Program: "demo"}, 1, 0,
		},
		"on the old subject, among others": {
			func(r *rig) {
				for _, id := range []string{"x", "a.b", "y"} {
					r.writeTo(jobs.OldDeadSubject("demo"), r.dead(id))
				}
				r.write(r.dead("z"))
			},
			redrive.Filter{Program: "demo"}, 3, 1,
		},
		"on both, redriven since": {
			func(r *rig) {
				r.writeTo(jobs.OldDeadSubject("demo"), r.dead("a.b", doubtful))
				r.write(r.dead("a.b"))
			},
			redrive.Filter{Program: "demo"}, 1, 1,
		},
		"on its subject, of a program that nobody knows": {
			func(r *rig) { r.write(r.dead("a.b", gold)); r.write(r.dead("z")) },
			redrive.Filter{}, 1, 1,
		},
		"on the old subject, of a program that nobody knows": {
			func(r *rig) { r.writeTo(jobs.OldDeadSubject("gold"), r.dead("a.b", gold)); r.write(r.dead("z")) },
			redrive.Filter{}, 1, 1,
		},
		"of another job whose id is written alike": {
			func(r *rig) { r.writeTo(jobs.DeadSubject("demo", "a.b"), r.dead("a-b")) },
			redrive.Filter{Program: "demo"}, 1, 0,
		},
		"too old": {
			func(r *rig) { r.write(r.dead("a.b")) },
			redrive.Filter{Program: "demo", MaxAge: 1}, 0, 0,
		},
		"nowhere": {
			func(r *rig) { r.write(r.dead("z")) },
			redrive.Filter{Program: "demo"}, 0, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			c.write(r)

			c.filter.JobID = "a.b"
			account := r.run(redrive.Options{Filter: c.filter, DryRun: true})
			require.Equal(t, c.letters, account.Letters)
			require.Equal(t, c.selected, account.Selected)
		})
	}
}

// The program of a job is known from its row.
func TestTheRowSaysWhereTheLetterIs(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.addDeadLetter(r.dead("job", func(l *jobs.DeadLetter) { l.Job.Program = "gold" }))

	account := r.run(redrive.Options{Filter: redrive.Filter{JobID: "job"}})
	require.Equal(t, 1, account.Redriven)

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	_, err = stream.GetLastMsgForSubject(t.Context(), jobs.Subject("gold"))
	require.NoError(t, err)
}
