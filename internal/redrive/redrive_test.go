package redrive_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// failingJetStream is a queue that can be read, and written to a number of times: then the connection is gone for good.
type failingJetStream struct {
	jetstream.JetStream

	writes atomic.Int64
}

var errCutOff = nats.ErrConnectionClosed

func (c *failingJetStream) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	if c.writes.Add(-1) < 0 {
		return nil, errCutOff
	}

	return c.JetStream.PublishMsg(ctx, m, o...)
}

func TestFilters(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	for i, change := range []func(*jobs.DeadLetter){
		func(*jobs.DeadLetter) {},
		func(l *jobs.DeadLetter) { l.Status, l.Error = "invalid", jobs.Failure{Reason: "CANNOT_OPEN"} },
		func(l *jobs.DeadLetter) { l.Job.Batch = "b2" },
		func(l *jobs.DeadLetter) { l.Job.Program = "gold" },
		func(l *jobs.DeadLetter) { l.Error.Detail = "" },
		func(l *jobs.DeadLetter) { l.Status = "in_doubt" },
		// Of an earlier version: it holds a security code and is never sent again.
		func(l *jobs.DeadLetter) { l.Status, l.Error = "invalid", jobs.Failure{Reason: "SECURITY_CODE"} },
	} {
		r.write(r.dead(strconv.Itoa(i), change))
	}

	for name, c := range map[string]struct {
		filter redrive.Filter
		want   int
	}{
		"nothing said":        {redrive.Filter{}, 5},
		"dead":                {redrive.Filter{Statuses: []store.Status{store.StatusDead}}, 4},
		"in doubt":            {redrive.Filter{Statuses: []store.Status{store.StatusInDoubt, store.StatusInvalid}}, 2},
		"a security code":     {redrive.Filter{Code: "SECURITY_CODE"}, 0},
		"a reason":            {redrive.Filter{Code: "UNAVAILABLE"}, 4},
		"a detail":            {redrive.Filter{Code: "UPSTREAM"}, 3},
		"no such code":        {redrive.Filter{Code: "UP"}, 0},
		"a batch":             {redrive.Filter{Batch: "b1"}, 4},
		"a program":           {redrive.Filter{Program: "gold"}, 1},
		"no such program":     {redrive.Filter{Program: "none"}, 0},
		"any age":             {redrive.Filter{MaxAge: 100 * time.Hour}, 5},
		"one job":             {redrive.Filter{JobID: "4"}, 1},
		"all that is left is": {redrive.Filter{Code: "UPSTREAM", Batch: "b2", Program: "demo"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			account := r.run(redrive.Options{Filter: c.filter, DryRun: true})
			require.Equal(t, c.want, account.Selected)
			require.Equal(t, map[bool]map[string]int{true: {}, false: {redrive.SkippedNoRow: c.want}}[c.want == 0], account.Skipped)
		})
	}
}

// datedJetStream is a queue whose clock stands.
type datedJetStream struct {
	jetstream.JetStream

	at time.Time
}

type datedStream struct {
	jetstream.Stream

	at time.Time
}

func (d datedJetStream) Stream(ctx context.Context, name string) (jetstream.Stream, error) {
	stream, err := d.JetStream.Stream(ctx, name)
	return datedStream{stream, d.at}, err
}

func (d datedStream) CachedInfo() *jetstream.StreamInfo {
	info := *d.Stream.CachedInfo()
	info.TimeStamp = d.at

	return &info
}

// How old letters are is for the queue's clock to say, which has dated them, and not for that of whoever asks.
func TestTheAgeOfLettersIsByTheQueuesClock(t *testing.T) {
	t.Parallel()

	const clocksDiffer = 5 * time.Hour

	r := newRig(t)
	r.write(r.dead("old"))

	stream, err := r.js.Stream(t.Context(), jobs.StreamDead)
	require.NoError(t, err)

	old := stream.CachedInfo().State.LastTime
	r.write(r.dead("new"))

	for name, c := range map[string]struct {
		now  time.Time
		job  string
		want int
	}{
		"both are young":           {old.Add(time.Hour), "", 2},
		"one is too old":           {old.Add(time.Hour + 1), "", 1},
		"both are too old":         {old.Add(clocksDiffer), "", 0},
		"the queue's is behind":    {old.Add(-clocksDiffer), "", 2},
		"one job, young":           {old.Add(time.Hour), "old", 1},
		"one job, too old":         {old.Add(time.Hour + 1), "old", 0},
		"one job, the other queue": {old.Add(clocksDiffer), "new", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			account, err := redrive.Run(t.Context(), datedJetStream{r.js, c.now}, r.store, redrive.Options{
				Filter: redrive.Filter{MaxAge: time.Hour, JobID: c.job, Program: "demo"}, DryRun: true,
			})
			require.NoError(t, err)
			require.Equal(t, c.want, account.Selected)
		})
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.addDeadLetters(3)
	r.addDeadLetter(r.dead("other", func(l *jobs.DeadLetter) { l.Status, l.Error = "invalid", jobs.Failure{Reason: "CANNOT_OPEN"} }))
	before := r.row("job-0001")

	account := r.run(redrive.Options{DryRun: true})
	require.Equal(t, redrive.Summary{
		DryRun: true, Letters: 4, Selected: 4, Redriven: 4, Skipped: map[string]int{},
		Codes: []string{"CANNOT_OPEN", "UNAVAILABLE", "UPSTREAM"}, Kinds: []redrive.Count{
			{Kind: redrive.Kind{Status: "dead", Reason: "UNAVAILABLE", Detail: "UPSTREAM"}, Jobs: 3},
			{Kind: redrive.Kind{Status: "invalid", Reason: "CANNOT_OPEN"}, Jobs: 1},
		},
	}, account)
	require.Equal(t, before, r.row("job-0001"))
	require.Empty(t, r.queued())
}

// Whatever the dead letters hold, the good ones are redriven.
func TestWhatIsNotToBeRedrivenIsSkipped(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.addDeadLetter(r.dead("good"))
	r.write(r.dead("purged"))
	r.writeRaw(jobs.OldDeadSubject("demo"), []byte("no letter"))
	r.writeRaw(jobs.DeadSubject("demo", "a"), []byte(`{"job": {"id": "a b", "program": "demo"}}`))
	r.writeRaw(jobs.DeadSubject("demo", "broken"), []byte(`{"status": "dead", "job": {"id": "broken", "program": "demo", "sealed": "no seal"}}`))

	// The newest letter says where a job stands.
	r.addDeadLetter(r.dead("doubtful"))
	r.write(r.dead("doubtful", func(l *jobs.DeadLetter) { l.Status = "in_doubt" }))

	// Its letter is on its way.
	r.addDeadLetter(r.dead("meanwhile"))
	r.makeRowInDoubt("meanwhile")

	account := r.run(redrive.Options{Filter: redrive.Filter{Statuses: []store.Status{store.StatusDead}}})
	require.Equal(t, 8, account.Letters)
	require.Equal(t, 2, account.Unreadable)
	require.Equal(t, map[string]int{redrive.SkippedNoRow: 1, redrive.SkippedInvalid: 1, "in_doubt": 1}, account.Skipped)
	require.Equal(t, 1, account.Redriven)
	require.Equal(t, []string{"good/redrive/1"}, r.queued())
}

func TestRate(t *testing.T) {
	t.Parallel()

	const n, perSecond = 11, 20

	r := newRig(t)
	r.addDeadLetters(n)

	began := time.Now()
	require.Equal(t, n, r.run(redrive.Options{Rate: perSecond}).Redriven)
	require.GreaterOrEqual(t, time.Since(began), (n-1)*time.Second/perSecond)
}

// Interrupted, a run tells what it did; run again, it does the rest, and every job has been redriven once.
func TestAnInterruptedRunGoesOn(t *testing.T) {
	t.Parallel()

	const n = 300

	r := newRig(t)
	r.addDeadLetters(n)

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()

	first, err := redrive.Run(ctx, r.js, r.store, redrive.Options{Rate: 2000, OnProgress: func(done, total int) {
		if done == n/10 {
			interrupt()
		}

		if total != n {
			t.Error(total)
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "interrupted")
	require.GreaterOrEqual(t, first.Redriven, n/10)
	require.Equal(t, n, first.Redriven+first.Left)
	require.Positive(t, first.Left)
	require.Len(t, r.queued(), first.Redriven, "what was begun was brought to its end")

	second := r.run(redrive.Options{})
	require.Equal(t, n, second.Redriven)
	require.Equal(t, first.Redriven, second.Repeated)
	require.Len(t, r.queued(), n)

	for i := range n {
		require.Equal(t, 1, r.row(fmt.Sprintf("job-%04d", i)).Redriven)
	}
}

func TestInterruptedWhileReading(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.addDeadLetters(1)

	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()

	_, err := redrive.Run(ctx, r.js, r.store, redrive.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, store.StatusDead, r.row("job-0000").Status)
}

func TestWithoutStreams(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	require.NoError(t, r.js.DeleteStream(t.Context(), jobs.StreamDead))

	_, err := redrive.Run(t.Context(), r.js, r.store, redrive.Options{})
	require.ErrorContains(t, err, "the queue has no stream ENROLL_DEAD: start a worker first")
}

func TestAQueueThatRefusesIsReported(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.addDeadLetters(1)

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	full := stream.CachedInfo().Config
	full.MaxMsgSize = 10
	_, err = r.js.UpdateStream(t.Context(), full)
	require.NoError(t, err)

	account, err := redrive.Run(t.Context(), r.js, r.store, redrive.Options{})
	require.ErrorContains(t, err, "job job-0000 is pending and not on the queue: publishing to ENROLL_JOBS")
	require.Equal(t, 1, account.Left)

	var api *jetstream.APIError
	require.ErrorAs(t, err, &api)
}

func TestThroughput(t *testing.T) {
	t.Parallel()

	const n = 2000

	r := newRig(t)
	r.addDeadLetters(n)

	began := time.Now()
	require.Equal(t, n, r.run(redrive.Options{}).Redriven)
	t.Logf("%d jobs redriven in %s, %.0f a second", n, time.Since(began), n/time.Since(began).Seconds())
	require.Len(t, r.queued(), n)
}

// makeInDoubt puts a job that was given up in doubt, as a worker of a program that holds unknown results does, and writes its letter.
func (r *rig) makeInDoubt(id string) {
	r.t.Helper()

	r.makeRowInDoubt(id)
	r.write(r.dead(id, func(l *jobs.DeadLetter) { l.Status = "in_doubt" }))
}

// makeRowInDoubt has the job redriven and tried, with no answer.
func (r *rig) makeRowInDoubt(id string) {
	r.t.Helper()

	_, err := r.store.Redrive(r.t.Context(), store.RedriveRequest{JobID: id})
	require.NoError(r.t, err)

	claim, err := r.store.Begin(r.t.Context(), store.BeginRequest{Job: kept(id), Worker: "w", Lease: time.Minute})
	require.NoError(r.t, err)
	_, err = r.store.Finish(r.t.Context(), store.FinishRequest{
		JobID: id, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: "unknown", Status: store.StatusInDoubt,
	})
	require.NoError(r.t, err)
}
