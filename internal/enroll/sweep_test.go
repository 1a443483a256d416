package enroll_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestSweep(t *testing.T) {
	t.Parallel()

	const dueLane, jobsLane = "enroll.due.demo", "enroll.jobs.demo"

	undecided, lost := enroll.Swept{Overdue: 1, Undecided: 1}, enroll.Swept{Overdue: 1, Lost: 1}

	for name, c := range map[string]struct {
		before, between func(s *sweepTest) // the first sweep, the first and the second
		first, second   enroll.Swept
		status          store.Status
	}{
		"its message is gone": {
			before: func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			first:  undecided, second: lost, status: store.StatusDead,
		},
		"its message is gone, handed back": {
			before: func(s *sweepTest) { s.standing("job", store.StatusPending) },
			first:  undecided, second: lost, status: store.StatusDead,
		},
		"its message is gone, after an attempt that never reported back": {
			before: func(s *sweepTest) { s.standing("job", store.StatusInProgress) },
			first:  undecided, second: lost, status: store.StatusInDoubt,
		},
		"waits in the lane of retries": {
			before: func(s *sweepTest) { s.put(dueLane); s.standing("job", store.StatusRetrying) },
			first:  undecided, second: undecided, status: store.StatusRetrying,
		},
		"waits in the lane of new jobs": {
			before: func(s *sweepTest) { s.put(jobsLane); s.standing("job", store.StatusPending) },
			first:  undecided, second: undecided, status: store.StatusPending,
		},
		"came out late, an hour after its time": {
			before: func(s *sweepTest) { s.standing("job", store.StatusRetrying); s.put(dueLane) },
			first:  undecided, second: undecided, status: store.StatusRetrying,
		},
		"came out late, and others after it": {
			before:  func(s *sweepTest) { s.standing("job", store.StatusRetrying); s.put(dueLane) },
			between: func(s *sweepTest) { s.put(dueLane); s.put(jobsLane) },
			first:   undecided, second: undecided, status: store.StatusRetrying,
		},
		"gone, and others come after it": {
			before:  func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			between: func(s *sweepTest) { s.put(dueLane); s.put(jobsLane) },
			first:   undecided, second: lost, status: store.StatusDead,
		},
		"gone, and another program has a backlog": {
			before: func(s *sweepTest) {
				s.put("enroll.due.other")
				s.put("enroll.jobs.other")
				s.standing("job", store.StatusRetrying)
			},
			first: undecided, second: lost, status: store.StatusDead,
		},
		"begun meanwhile": {
			before:  func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			between: func(s *sweepTest) { s.begin("job") },
			first:   undecided, second: enroll.Swept{}, status: store.StatusInProgress,
		},
		"retried meanwhile, and overdue again": {
			before:  func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			between: func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			first:   undecided, second: undecided, status: store.StatusRetrying,
		},
		"gone, and the stream made anew": {
			before:  func(s *sweepTest) { s.put("enroll.due.other"); s.standing("job", store.StatusRetrying) },
			between: func(s *sweepTest) { s.remade(jobs.StreamRetry) },
			first:   undecided, second: undecided, status: store.StatusRetrying,
		},
		"a schedule that was put there meanwhile": {
			before:  func(s *sweepTest) { s.standing("job", store.StatusRetrying) },
			between: func(s *sweepTest) { s.schedule("job", time.Now().Add(time.Hour)) },
			first:   undecided, second: enroll.Swept{Overdue: 1, Rescheduled: 1}, status: store.StatusRetrying,
		},
		"being worked on": {before: func(s *sweepTest) { s.begin("job") }, status: store.StatusInProgress},
		"no job at all, written by hand": {
			before: func(s *sweepTest) {
				s.standing("job", store.StatusRetrying)
				_, err := s.sql.Exec(s.t.Context(), `UPDATE enrollments SET program = 'no program'`)
				require.NoError(s.t, err)
			},
			first: undecided, second: undecided, status: store.StatusRetrying,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newSweepTest(t)
			sweeper := s.sweeper()

			c.before(s)
			s.requireSwept(sweeper, c.first)

			if c.between != nil {
				c.between(s)
			}

			s.requireSwept(sweeper, c.second)

			outcome := s.row("job")
			require.Equal(t, c.status, outcome.Status)

			announced := uint64(0)
			if c.status == store.StatusDead {
				announced = 1
			}

			require.Equal(t, announced, s.events())

			if c.second.Lost > 0 {
				require.Equal(t, store.ReasonMessageLost, outcome.Failure.Reason)
				s.requireSwept(sweeper, enroll.Swept{})
				require.Equal(t, announced, s.events(), "announced once")
			}
		})
	}
}

// The whole way: a worker's retry is lost with its stream, the job is given up aloud, and published again it goes on.
func TestAJobWhoseRetryIsLostIsGivenUpAndGoesOnWhenItIsPublishedAgain(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	job := s.retryingJob("job.1", sandbox.PAN(53, 1))

	stream, err := s.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))

	sweeper := s.sweeper()
	s.requireSwept(sweeper, enroll.Swept{}) // due in an hour
	s.age(job.ID)
	s.requireSwept(sweeper, enroll.Swept{Overdue: 1, Undecided: 1})
	s.requireSwept(sweeper, enroll.Swept{Overdue: 1, Lost: 1})

	event := s.outcome()
	require.Equal(t, string(store.StatusDead), event.Status)
	require.Equal(t, "worker", event.Error.Source)
	require.Equal(t, store.ReasonMessageLost, event.Error.Reason)
	require.Contains(t, event.Error.Message, "publish the job again under the same id")

	// By its sender, who seals it anew; not within the queue's two minutes, for which the id stands here.
	again := s.seal(job.ID, sandbox.PAN(53, 1))
	body, err := again.Encode()
	require.NoError(t, err)
	s.publishRaw(jobs.Subject("demo"), body)
	stop := s.start()

	event = s.outcome()
	require.Equal(t, string(store.StatusEnrolled), event.Status)
	require.Equal(t, 2, event.Attempts)
	stop()
	s.drained()
	s.requireSwept(sweeper, enroll.Swept{})
	require.EqualValues(t, 2, s.events())
}

// A schedule that should have fired long ago is replaced by one for now.
func TestARetryThatStandsPastItsTimeIsScheduledAgain(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	job := s.retryingJob("job.1", sandbox.PAN(53, 1))
	s.age(job.ID) // the schedule is for an hour from now
	s.requireSwept(s.sweeper(), enroll.Swept{Overdue: 1, Rescheduled: 1})

	stop := s.start()
	require.Equal(t, string(store.StatusEnrolled), s.outcome().Status)
	stop()
	s.drained()
	require.Equal(t, 2, s.row(job.ID).Attempts)
}

func TestSweepersAtOnceEndAJobOnce(t *testing.T) {
	t.Parallel()

	const lost, sweepers = 40, 3

	s := newSweepTest(t)
	for n := range lost {
		s.standing(fmt.Sprint("job-", n), store.StatusRetrying)
	}

	all := make([]*enroll.Sweeper, sweepers)
	for i := range all {
		all[i] = s.sweeper()
		s.requireSwept(all[i], enroll.Swept{Overdue: lost, Undecided: lost})
	}

	var (
		running sync.WaitGroup
		swept   [sweepers]enroll.Swept
		errs    [sweepers]error
	)

	for i, sweeper := range all {
		running.Go(func() { swept[i], errs[i] = sweeper.Sweep(t.Context()) })
	}

	running.Wait()
	require.Equal(t, [sweepers]error{}, errs)
	require.Equal(t, lost, swept[0].Lost+swept[1].Lost+swept[2].Lost)

	for _, sweeper := range all {
		s.requireSwept(sweeper, enroll.Swept{})
	}

	// All may announce the same job; the stream, which knows the event's id, keeps one.
	require.EqualValues(t, lost, s.events())
}

// One sweeper gives the job up and is gone before it can tell. Another one, which added the job as well, tells.
func TestAnotherSweeperAnnounces(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	s.standing("job", store.StatusRetrying)

	nc := stacktest.Connect(t, s.server, nats.NoReconnect())
	js, err := jetstream.New(nc)
	require.NoError(t, err)

	first, second := s.sweeperWith(js, cutAfterLose{s.store, nc.Close}), s.sweeper()
	for _, sweeper := range []*enroll.Sweeper{first, second} {
		s.requireSwept(sweeper, enroll.Swept{Overdue: 1, Undecided: 1})
	}

	swept, err := first.Sweep(t.Context())
	require.ErrorContains(t, err, "announcing that job")
	require.Equal(t, enroll.Swept{Overdue: 1, Lost: 1}, swept)
	require.Zero(t, s.events())

	s.requireSwept(second, enroll.Swept{})
	require.Equal(t, string(store.StatusDead), s.outcome().Status)
}

// cutAfterLose is the store of a sweeper that vanishes when a job's end is committed.
type cutAfterLose struct {
	*store.Store

	cut func()
}

func (l cutAfterLose) MarkLost(ctx context.Context, o store.Overdue) (store.ActResult, error) {
	ruled, err := l.Store.MarkLost(ctx, o)
	l.cut()

	return ruled, err
}

// More jobs than one sweep looks at are ended page by page, and those that wait do not stand in their way.
func TestSweepsGoOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	s.standing("written by hand 1", store.StatusPending)
	s.standing("written by hand 2", store.StatusPending)

	for n := range 5 {
		s.standing(fmt.Sprint("job-", n), store.StatusRetrying)
	}

	counts := make(chan enroll.Swept)
	sweeper := enroll.NewSweeper(s.js, s.store, enroll.SweepOptions{Limit: 2, Swept: func(swept enroll.Swept) { counts <- swept }})

	ctx, stop := context.WithCancel(t.Context())
	ticks := make(chan time.Time)
	ended := make(chan struct{})

	go func() {
		sweeper.Run(ctx, ticks)
		close(ended)
	}()

	lost, sweeps := 0, 0

	for lost < 5 {
		ticks <- time.Time{}

		lost += (<-counts).Lost
		sweeps++
	}

	require.Equal(t, 7, sweeps, "one for the two that are left alone, two for each page after them")
	stop()
	<-ended
	require.Equal(t, store.StatusPending, s.row("written by hand 1").Status)
}

// Where nothing is overdue the queue is not asked.
func TestASweepOfNothingAsksTheDatabaseOnly(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	s.begin("running")
	s.js.Conn().Close()
	s.requireSwept(s.sweeper(), enroll.Swept{})

	s.standing("lost", store.StatusRetrying)

	_, err := s.sweeper().Sweep(t.Context())
	require.ErrorContains(t, err, "looking at stream ENROLL_JOBS")
}

// A schedule is replaced only as long as it stands: none is put where it has fired, or where another sweeper was faster.
func TestAScheduleIsReplacedOnlyWhileItStands(t *testing.T) {
	t.Parallel()

	for name, meanwhile := range map[string]func(s *sweepTest){
		"it has fired": func(s *sweepTest) {
			stream, err := s.js.Stream(s.t.Context(), jobs.StreamRetry)
			require.NoError(s.t, err)
			require.NoError(s.t, stream.Purge(s.t.Context()))
		},
		"another sweeper has replaced it": func(s *sweepTest) {
			s.requireSwept(s.sweeper(), enroll.Swept{Overdue: 1, Rescheduled: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s := newSweepTest(t)
			s.standing("job", store.StatusRetrying)
			s.schedule("job", time.Now().Add(time.Hour))

			slow := slowPublisher{s.js, sync.OnceFunc(func() { meanwhile(s) })}
			s.requireSwept(s.sweeperWith(slow, s.store), enroll.Swept{Overdue: 1, Undecided: 1})
			require.Equal(t, store.StatusRetrying, s.row("job").Status)
		})
	}
}

// slowPublisher is a queue to which something happens before a message gets there.
type slowPublisher struct {
	jetstream.JetStream

	before func()
}

func (p slowPublisher) PublishMsg(ctx context.Context, m *nats.Msg, o ...jetstream.PublishOpt) (*jetstream.PubAck, error) {
	p.before()

	return p.JetStream.PublishMsg(ctx, m, o...)
}

// Jobs of a file that were lost before a worker saw them have no row: the numbers tell.
func TestASweepSaysWhatFilesHaveLost(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	sweeper := s.sweeper()
	batch := store.Batch{ID: "june", Program: "demo", Source: "cards.csv", RowsRead: 10, RowsRejected: 1, RowsPublished: 9}

	s.requireSwept(sweeper, enroll.Swept{})
	require.NoError(t, s.store.SaveBatch(t.Context(), batch))
	s.requireSwept(sweeper, enroll.Swept{}) // it is being read

	batch.CompletedAt = time.Now()
	require.NoError(t, s.store.SaveBatch(t.Context(), batch))
	s.put("enroll.jobs.demo")
	s.requireSwept(sweeper, enroll.Swept{}) // one waits, so the others may
	require.NotContains(t, s.log.String(), "lost")

	stream, err := s.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	s.put("enroll.jobs.demo") // of another file

	for range 3 {
		s.requireSwept(sweeper, enroll.Swept{Unseen: 9})
	}

	require.Equal(t, 1, strings.Count(s.log.String(), "9 jobs are lost"), "said once")
	require.Contains(t, s.log.String(), "submit cards.csv --program demo --batch june")

	// It is sent again: those that are in the queue by now are not lost.
	batch.CompletedAt = time.Now().Add(time.Second)
	require.NoError(t, s.store.SaveBatch(t.Context(), batch))
	s.requireSwept(sweeper, enroll.Swept{})
}

// batchlessLedger cannot tell of the files.
type batchlessLedger struct{ *store.Store }

func (batchlessLedger) Batches(context.Context, int) ([]store.Progress, error) {
	return nil, errors.New("canceling statement due to statement timeout")
}

// That the files cannot be looked at keeps no overdue job from being ended.
func TestASweepGoesOnWithoutTheFiles(t *testing.T) {
	t.Parallel()

	s := newSweepTest(t)
	s.standing("job", store.StatusRetrying)

	sweeper := s.sweeperWith(s.js, batchlessLedger{s.store})

	for range 2 {
		_, err := sweeper.Sweep(t.Context())
		require.ErrorContains(t, err, "statement timeout")
	}

	require.Equal(t, store.StatusDead, s.row("job").Status)
}
