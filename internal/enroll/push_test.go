package enroll_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// pushing has the program push, by the sandbox's Token Connect.
func (r *rig) pushing(change ...func(*enroll.Program)) {
	r.t.Helper()

	program := r.config.Programs["demo"]
	program.Operations = []jobs.Operation{jobs.Enroll, jobs.Push}

	for _, one := range change {
		one(&program)
	}

	r.config.Programs["demo"] = program
	r.config.Pusher = r.pusher()
}

func (r *rig) pusher() *mastercard.TokenConnect {
	r.t.Helper()

	key, err := mastercard.NewEncryptionKey("token-connect", &testKeys().encryption.PublicKey, time.Time{})
	require.NoError(r.t, err)

	base := r.api.BaseURL[:len(r.api.BaseURL)-len(sandbox.BasePath)] + sandbox.TokenConnectPath
	connect, err := r.client().TokenConnect(mastercard.TokenConnectConfig{BaseURL: base, EncryptionKey: key})
	require.NoError(r.t, err)

	return connect
}

func (r *rig) publishPush(number string, change ...func(*jobs.Job)) {
	r.t.Helper()

	job := jobs.Job{ID: "push-1", Program: "demo", Operation: jobs.Push}
	for _, one := range change {
		one(&job)
	}

	job, err := r.sealer.Seal(job, parts.Payload(number))
	require.NoError(r.t, err)

	_, err = r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

func toWallet(j *jobs.Job) { j.TokenRequestorID = sandbox.SandboxWallet }

// For Click to Pay, the receipt of the push is enrolled at once.
func TestAPushedCardIsEnrolled(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		scenario int
		status   store.Status
		reason   string
		calls    int
		pushes   int
	}{
		"enrolled":                       {0, store.StatusEnrolled, "", 2, 1},
		"not eligible for a push":        {10, store.StatusRejected, "ACCOUNT_INELIGIBLE", 1, 0},
		"refused with the request":       {13, store.StatusRejected, "ACCOUNT_INELIGIBLE", 1, 0},
		"refused when it is enrolled":    {12, store.StatusRejected, "INVALID_STATE", 2, 1},
		"enrolled before":                {1, store.StatusAlreadyEnrolled, "ALREADY_EXISTS", 2, 1},
		"pushed again after a failure":   {50, store.StatusEnrolled, "", 4, 2},
		"pushed again for a lost answer": {70, store.StatusEnrolled, "", 4, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.pushing()

			number := sandbox.PAN(c.scenario, 1)
			r.publishPush(number)

			stop := r.start()
			outcome := r.outcome()
			require.Equal(t, string(c.status), outcome.Status, outcome.Error)
			require.Equal(t, jobs.Push, outcome.Operation)
			require.Nil(t, outcome.Push)
			stop()
			r.drained()

			row := r.row("push-1")
			require.Equal(t, c.status, row.Status)
			require.Equal(t, c.reason, row.Failure.Reason)
			require.Empty(t, row.SealedResult)
			require.Equal(t, c.calls, r.sandbox.Ledger().Totals().Calls)
			require.Equal(t, c.pushes, r.sandbox.Ledger().Card(number).Pushes)
			require.NotContains(t, r.log.String()+r.rows(), "MCC-SBX-")
		})
	}
}

// A card that was pushed and enrolled is found by the issuer's own keys, as one that was enrolled.
func TestAPushedCardIsNamedByOwnKeys(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.pushing(func(p *enroll.Program) { p.Operations = jobs.Operations() })
	r.publishPush(sandbox.PAN(0, 1), func(j *jobs.Job) { j.ExternalConsumerID, j.ExternalCardID = "consumer-1", "card-1" })

	stop := r.start()
	require.Equal(t, "enrolled", r.outcome().Status)

	r.change(jobs.Job{ID: "address", ExternalCardID: "card-1"}, billingAddress("Brno"))
	require.Equal(t, "updated", r.outcome().Status)

	r.send(jobs.Job{ID: "out", Operation: jobs.Unenroll, ExternalCardID: "card-1"})
	require.Equal(t, "unenrolled", r.outcome().Status)

	r.forget(jobs.Job{ID: "forget", ExternalConsumerID: "consumer-1"})
	require.Equal(t, "forgotten", r.outcome().Status)

	stop()
	r.drained()
}

// The token requestor is told of the holder what the program allows, encrypted with the card; rows, events and logs have nothing of
// it.
func TestAPushTellsOfTheHolderWhatTheProgramAllows(t *testing.T) {
	t.Parallel()

	for name, told := range map[string][]string{
		"nothing": nil, "some": {"EMAIL_ADDRESS"}, "more": {"NAME", "EMAIL_ADDRESS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.pushing(func(p *enroll.Program) { p.PushHolderData = told })
			r.publishPush(sandbox.PAN(0, 1), toWallet)

			stop := r.start()
			require.Equal(t, "pushed", r.outcome().Status)
			stop()
			r.drained()

			require.Equal(t, told, r.sandbox.Ledger().Card(sandbox.PAN(0, 1)).Holder)
			require.NotContains(t, r.log.String()+r.rows(), "ana@example.com")
		})
	}
}

// For others, the receipt is in the event, and nowhere else in clear.
func TestAReceiptForAnotherIsInTheEvent(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		job     func(*jobs.Job)
		program func(*enroll.Program)
	}{
		"that the job names": {toWallet, func(*enroll.Program) {}},
		"of the program":     {func(*jobs.Job) {}, func(p *enroll.Program) { p.TokenRequestorID = sandbox.SandboxWallet }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.pushing(c.program)
			r.publishPush(sandbox.PAN(0, 1), c.job)

			stop := r.start()
			outcome := r.outcome()
			require.Equal(t, "pushed", outcome.Status, outcome.Error)
			require.NotNil(t, outcome.Push)
			require.Regexp(t, "^MCC-SBX-", outcome.Push.Receipt.Reveal())
			require.Equal(t, sandbox.SandboxWallet, outcome.Push.TokenRequestorID)
			require.WithinDuration(t, time.Now().Add(15*time.Minute), outcome.Push.ValidUntil, time.Minute)
			require.Equal(t, []jobs.PushMethod{{Type: "WEB", URI: "https://sandbox.example/provision"}}, outcome.Push.PushMethods)
			stop()
			r.drained()

			row := r.row("push-1")
			require.Equal(t, store.StatusPushed, row.Status)
			require.NotEmpty(t, row.SealedResult)
			require.Equal(t, 1, r.sandbox.Ledger().Totals().Calls)
			require.NotContains(t, r.log.String()+r.rows(), outcome.Push.Receipt.Reveal())
		})
	}
}

// stopAt cuts the worker off from queue, store and API at the first time that a job reaches a step, as a kill does, and starts another.
func (r *rig) stopAt(step enroll.Step) (stop func() enroll.Summary) {
	r.t.Helper()

	nc := stacktest.Connect(r.t, r.server, nats.NoReconnect())
	js, err := jetstream.New(nc)
	require.NoError(r.t, err)

	first, err := store.Open(r.t.Context(), r.database, store.Options{})
	require.NoError(r.t, err)
	r.t.Cleanup(first.Close)

	cut := make(chan struct{})
	die := sync.OnceFunc(func() {
		nc.Close()
		first.Close()
		close(cut)
	})

	r.config.Lease, r.config.Grace = time.Second, time.Millisecond
	r.config.Reached = func(at enroll.Step) {
		if at == step {
			die()
		}
	}
	pusher := r.config.Pusher
	r.config.Pusher = cutCalls{nil, pusher, cut}

	r.startWith(js, gone{first}, cutCalls{r.client(), nil, cut})
	<-cut

	r.config.Name, r.config.Reached, r.config.Pusher = "worker-2", nil, pusher

	return r.start()
}

// cutCalls are the calls of a worker that is no more: what it has not sent yet is not sent.
type cutCalls struct {
	enroll.API

	pusher enroll.Pusher
	cut    <-chan struct{}
}

func (c cutCalls) Enroll(ctx context.Context, r mastercard.EnrollRequest) mastercard.Answer {
	select {
	case <-c.cut:
		return mastercard.Answer{Verdict: mastercard.Unknown}
	default:
		return c.API.Enroll(ctx, r)
	}
}

func (c cutCalls) PushMultipleAccounts(ctx context.Context, r mastercard.PushRequest) mastercard.PushAnswer {
	select {
	case <-c.cut:
		return mastercard.PushAnswer{Answer: mastercard.Answer{Verdict: mastercard.Retry}}
	default:
		return c.pusher.PushMultipleAccounts(ctx, r)
	}
}

// A worker that dies anywhere on the way of a push leaves a job that another brings to its end. The receipt between the two calls
// dies with it, and the card is pushed again.
func TestAPushSurvivesItsWorker(t *testing.T) {
	t.Parallel()

	for step, c := range map[enroll.Step]struct{ pushes, effects, walletPushes int }{
		enroll.StepClaimed:   {1, 1, 1},
		enroll.StepPushed:    {2, 1, 0},
		enroll.StepCalled:    {2, 2, 2},
		enroll.StepCommitted: {1, 1, 1},
		enroll.StepPublished: {1, 1, 1},
	} {
		t.Run("click to pay, "+string(step), func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.pushing()
			r.publishPush(sandbox.PAN(0, 1))

			stop := r.stopAt(step)
			require.Equal(t, "enrolled", r.outcome().Status)
			r.drained()
			stop()

			card := r.sandbox.Ledger().Card(sandbox.PAN(0, 1))
			require.Equal(t, c.pushes, card.Pushes)
			require.Equal(t, c.effects, card.Effects)
		})

		if c.walletPushes == 0 {
			continue
		}

		t.Run("another, "+string(step), func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			r.pushing()
			r.publishPush(sandbox.PAN(0, 1), toWallet)

			stop := r.stopAt(step)
			outcome := r.outcome()
			require.Equal(t, "pushed", outcome.Status)
			require.NotNil(t, outcome.Push, "the receipt is kept, sealed, until it is announced")
			require.Regexp(t, "^MCC-SBX-", outcome.Push.Receipt.Reveal())
			r.drained()
			stop()

			require.Equal(t, c.walletPushes, r.sandbox.Ledger().Card(sandbox.PAN(0, 1)).Pushes)
		})
	}
}

// The enrollment of a receipt that the agreed rate does not grant is no failure of the API's. The card is pushed again, as the
// receipt is kept nowhere.
func TestAPushWhoseEnrollmentIsHeldBackIsPushedAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.pushing()

	granted := r.grant(1)
	observer := disposals{enroll.Unobserved(), make(chan enroll.Disposition, 1000)}
	r.config.Observer = observer
	r.publishPush(sandbox.PAN(0, 1))

	stop := r.start()
	require.Equal(t, enroll.HandedBack, <-observer.all)
	require.Zero(t, r.config.Pacers["demo"].Guard.Trouble())

	granted.Store(1_000)

	require.Equal(t, "enrolled", r.outcome().Status)
	require.Equal(t, 2, r.sandbox.Ledger().Card(sandbox.PAN(0, 1)).Pushes)
	stop()
	r.drained()
}

// What cannot be pushed here ends without a call.
func TestPushesThatAreInvalid(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(*rig)
		reason string
	}{
		"no Token Connect":             {func(r *rig) { r.config.Pusher = nil }, "OPERATION_OFF"},
		"not among the program's jobs": {func(r *rig) { r.pushing(func(p *enroll.Program) { p.Operations = []jobs.Operation{jobs.Enroll} }) }, "OPERATION_OFF"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			r.pushing()
			c.change(r)
			r.publishPush(sandbox.PAN(0, 1))

			stop := r.start()
			outcome := r.outcome()
			require.Equal(t, "invalid", outcome.Status)
			require.Equal(t, c.reason, outcome.Error.Reason)
			stop()
			r.drained()
			require.Zero(t, r.sandbox.Ledger().Totals().Calls)
		})
	}
}

// A client that may not push halts the program, and no job is charged for it.
func TestAPushThatIsNotAuthorizedHalts(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.pushing()
	r.publishPush(sandbox.PAN(20, 1))

	stop := r.start()
	eventually.True(t, func() bool { return r.log.Contains("HALTED") }, patience, 10*time.Millisecond)
	stop()

	row := r.row("push-1")
	require.Equal(t, store.StatusPending, row.Status)
	require.NotZero(t, r.sandbox.Ledger().Totals().Results["200 AUTHORIZATION_FAILED"])
}
