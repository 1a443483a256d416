package enroll

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func TestStateAfter(t *testing.T) {
	t.Parallel()

	program := Program{
		MaxAttempts: 3, MaxAge: Duration(time.Hour), OnUnknown: Resend,
		Backoff: pace.Backoff{Base: 10 * time.Second, Cap: time.Minute},
	}
	hold := program
	hold.OnUnknown = Hold

	const middle = 0.5 // a jitter that leaves the pause as it is

	for name, c := range map[string]struct {
		answer  mastercard.Answer
		program Program
		charged int
		want    state
	}{
		"enrolled":                            {mastercard.Answer{Verdict: mastercard.Enrolled}, program, 1, state{status: store.StatusEnrolled}},
		"already enrolled":                    {mastercard.Answer{Verdict: mastercard.AlreadyEnrolled}, program, 1, state{status: store.StatusAlreadyEnrolled}},
		"rejected":                            {mastercard.Answer{Verdict: mastercard.Rejected}, program, 1, state{status: store.StatusRejected}},
		"retry":                               {mastercard.Answer{Verdict: mastercard.Retry}, program, 1, state{status: store.StatusRetrying, after: 10 * time.Second}},
		"retry, later attempts wait more":     {mastercard.Answer{Verdict: mastercard.Retry}, program, 2, state{status: store.StatusRetrying, after: 20 * time.Second}},
		"retry, attempts exhausted":           {mastercard.Answer{Verdict: mastercard.Retry}, program, 3, state{status: store.StatusDead}},
		"throttled costs nothing":             {mastercard.Answer{Verdict: mastercard.Throttled, RetryAfter: 40 * time.Second}, program, 3, state{status: store.StatusRetrying, after: 45*time.Second + 500*time.Millisecond, refund: true}},
		"throttled without a time":            {mastercard.Answer{Verdict: mastercard.Throttled}, program, 1, state{status: store.StatusRetrying, after: time.Second + 625*time.Millisecond, refund: true}},
		"no token, costs nothing":             {noToken(), program, 3, state{status: store.StatusRetrying, after: 20 * time.Second, refund: true}},
		"never left, costs nothing":           {neverSent(), program, 3, state{status: store.StatusRetrying, after: 20 * time.Second, refund: true}},
		"unknown is sent again":               {mastercard.Answer{Verdict: mastercard.Unknown}, program, 1, state{status: store.StatusRetrying, after: 10 * time.Second}},
		"unknown, attempts exhausted":         {mastercard.Answer{Verdict: mastercard.Unknown}, program, 3, state{status: store.StatusDead}},
		"unknown is held":                     {mastercard.Answer{Verdict: mastercard.Unknown}, hold, 3, state{status: store.StatusInDoubt}},
		"halted costs nothing":                {mastercard.Answer{Verdict: mastercard.Halted}, program, 3, state{status: store.StatusPending, refund: true}},
		"a verdict that this code is without": {mastercard.Answer{Verdict: "new"}, program, 1, state{status: store.StatusRetrying, after: 10 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, stateAfter(c.answer, store.Claim{Charged: c.charged, Attempt: 2}, c.program, middle))
		})
	}
}

func noToken() mastercard.Answer {
	answer := neverSent()
	answer.Failure.Source = mastercard.SourceAuthServer

	return answer
}

func neverSent() mastercard.Answer {
	return mastercard.Answer{
		Verdict: mastercard.Retry,
		Failure: mastercard.Failure{Source: mastercard.SourceNetwork, Detail: mastercard.DetailNotSent},
	}
}

func TestTraceID(t *testing.T) {
	t.Parallel()

	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	for traceparent, want := range map[string]string{
		"00-" + id + "-00f067aa0ba902b7-01": id,
		"":                                  "",
		"00-" + id:                          "",
		"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01": "",
		"hello": "",
	} {
		require.Equal(t, want, traceID(traceparent), traceparent)
	}
}

// What a job that has failed before meets tells less of the API.
func TestProbeOf(t *testing.T) {
	t.Parallel()

	failed := mastercard.Answer{Verdict: mastercard.Retry, HTTPStatus: 500, Failure: mastercard.Failure{Source: mastercard.SourceService}}
	lost := mastercard.Answer{Verdict: mastercard.Unknown, Failure: mastercard.Failure{Source: mastercard.SourceNetwork}}

	require.Equal(t, pace.ProbeFailed, probeOf(failed, false))
	require.Equal(t, pace.ProbeFailedAgain, probeOf(failed, true))
	require.Equal(t, pace.ProbeUnanswered, probeOf(lost, true))
	require.Equal(t, pace.ProbeRefused, probeOf(mastercard.Answer{Verdict: mastercard.Halted}, true))
	require.Equal(t, pace.ProbePassed, probeOf(mastercard.Answer{Verdict: mastercard.Throttled}, true))
	require.Equal(t, pace.ProbePassed, probeOf(mastercard.Answer{Verdict: mastercard.Rejected}, true))
}
