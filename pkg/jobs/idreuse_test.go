package jobs_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestMessageIDTellsBodiesApart(t *testing.T) {
	t.Parallel()

	require.Equal(t, "card-1/9f86d081884c7d659a2feaa0c55ad015", jobs.MessageID("card-1", []byte("test")),
		"the id, a slash, 32 digits of the SHA-256")
	require.NotEqual(t, jobs.MessageID("a", []byte("x")), jobs.MessageID("a", []byte("y")))
	require.NotEqual(t, jobs.MessageID("a", []byte("x")), jobs.MessageID("b", []byte("x")))
}

// What the publisher says of a second job under an id, and whether that reaches the queue.
func TestASecondJobUnderAnID(t *testing.T) {
	t.Parallel()

	sealer := newSealer(t, newKey(t))
	other := newSealer(t, newKey(t))
	seal := func(with *jobs.Sealer, change func(*jobs.Job, *jobs.Payload)) jobs.Job {
		job, payload := jobs.Job{ID: "a", Program: "demo", NotAfter: time.Date(2099, 1, 2, 3, 4, 5, 0, time.UTC)}, goodPayload()
		change(&job, &payload)

		sealed, err := with.Seal(job, payload)
		require.NoError(t, err)

		return sealed
	}
	first := seal(sealer, func(*jobs.Job, *jobs.Payload) {})

	for name, c := range map[string]struct {
		second jobs.Job
		want   jobs.Receipt
		reused bool
	}{
		"the same message": {second: first, want: jobs.Receipt{Duplicates: 1}},
		"the same content, sealed anew": {
			second: seal(sealer, func(*jobs.Job, *jobs.Payload) {}), want: jobs.Receipt{Duplicates: 1},
		},
		"the same content, written otherwise": {
			second: seal(sealer, func(j *jobs.Job, _ *jobs.Payload) {
				j.Operation, j.NotAfter = jobs.Enroll, j.NotAfter.In(time.FixedZone("", 3600))
			}), want: jobs.Receipt{Duplicates: 1},
		},
		"another month": {
			second: seal(sealer, func(_ *jobs.Job, p *jobs.Payload) { p.Card.PanExpirationMonth = "11" }), reused: true,
		},
		"another e-mail address": {
			second: seal(sealer, func(_ *jobs.Job, p *jobs.Payload) { p.Consumer.EmailAddress = "b@example.com" }), reused: true,
		},
		"another batch":   {second: seal(sealer, func(j *jobs.Job, _ *jobs.Payload) { j.Batch = "b2" }), reused: true},
		"another program": {second: seal(sealer, func(j *jobs.Job, _ *jobs.Payload) { j.Program = "gold" }), reused: true},
		"another own key, sealed by another": {
			second: seal(other, func(j *jobs.Job, _ *jobs.Payload) { j.ExternalCardID = "4711" }), reused: true,
		},
		"sealed by another, so that the worker has to decide": {
			second: seal(other, func(_ *jobs.Job, p *jobs.Payload) { p.Card.PanExpirationMonth = "11" }), want: jobs.Receipt{Stored: 1},
		},
		"a seal that was replaced": {
			second: func() jobs.Job {
				job := first
				job.Sealed = seal(other, func(*jobs.Job, *jobs.Payload) {}).Sealed

				return job
			}(), want: jobs.Receipt{Stored: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			js := newQueue(t, jobs.Topology{})
			publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})
			_, err := publisher.Publish(t.Context(), first)
			require.NoError(t, err)

			receipt, err := publisher.Publish(t.Context(), c.second)
			require.Equal(t, c.want, receipt)
			require.EqualValues(t, 1+c.want.Stored, stored(t, js))

			if !c.reused {
				require.NoError(t, err)
				return
			}

			var reuse *jobs.IDReuseError

			require.ErrorAs(t, err, &reuse)
			require.Equal(t, "a", reuse.ID)
			require.ErrorContains(t, err, "under a new id")

			fresh := first
			fresh.ID = "fresh"
			_, err = publisher.PublishBatch(t.Context(), []jobs.Job{fresh, c.second})
			require.ErrorAs(t, err, &reuse)
			require.EqualValues(t, 1, stored(t, js), "all of a batch or none")

			receipt, err = jobs.NewPublisher(js, jobs.PublisherOptions{}).Publish(t.Context(), c.second)
			require.NoError(t, err, "another process does not know, and the worker decides")
			require.Equal(t, jobs.Receipt{Stored: 1}, receipt, "the queue takes it for no duplicate")
		})
	}
}

// A job that did not reach the queue has not used its id.
func TestAnIDIsFreeAfterAFailure(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{MaxBytes: 4096})
	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{RetryFor: 5 * time.Second})
	sealer := newSealer(t, newKey(t))
	publish := func(id, email string) error {
		payload := goodPayload()
		payload.Consumer.EmailAddress = email
		job, err := sealer.Seal(jobs.Job{ID: id, Program: "demo"}, payload)
		require.NoError(t, err)
		_, err = publisher.Publish(t.Context(), job)

		return err
	}

	var (
		id  string
		err error
	)
	for i := 0; err == nil && i < 10; i++ {
		id = fmt.Sprintf("job-%d", i)
		err = publish(id, "a@example.com")
	}

	require.ErrorIs(t, err, jobs.ErrQueueFull)
	require.ErrorIs(t, publish(id, "b@example.com"), jobs.ErrQueueFull)

	var reuse *jobs.IDReuseError

	require.ErrorAs(t, publish("job-0", "b@example.com"), &reuse, "that of one that did is")
}

// Jobs of one origin are one when they are sealed apart, by whomever; of another they are not.
func TestJobsOfAnOrigin(t *testing.T) {
	t.Parallel()

	js := newQueue(t, jobs.Topology{})
	publish := func(job jobs.Job) jobs.Receipt {
		receipt, err := jobs.NewPublisher(js, jobs.PublisherOptions{}).Publish(t.Context(), job)
		require.NoError(t, err)

		return receipt
	}
	job := func(id string) jobs.Job { return sealedJob(t, newSealer(t, newKey(t)), id) }

	require.Equal(t, jobs.Receipt{Stored: 1}, publish(job("a").From("file 1")))
	require.Equal(t, jobs.Receipt{Duplicates: 1}, publish(job("a").From("file 1")))
	require.Equal(t, jobs.Receipt{Stored: 1}, publish(job("a").From("file 2")))
	require.Equal(t, jobs.Receipt{Stored: 1}, publish(job("b").From("file 1")))

	other := job("a").From("file 1")
	other.ExternalCardID = "4711"
	require.Equal(t, jobs.Receipt{Stored: 1}, publish(other), "what is beside the seal is content too")

	stream, err := js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	msg, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Regexp(t, `^a/[0-9a-f]{32}$`, msg.Header.Get(nats.MsgIdHdr))
	require.NotContains(t, string(msg.Data), "file 1", "the origin does not travel")
}

// A job prints nothing of what its sealer knows.
func TestASealedJobPrintsNoContent(t *testing.T) {
	t.Parallel()

	require.NotContains(t, fmt.Sprintf("%+v %#v", sealedJob(t, newSealer(t, newKey(t)), "a"), sealedJob(t, newSealer(t, newKey(t)), "b")),
		"EmailAddress")
}
