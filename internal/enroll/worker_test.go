package enroll_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// Each card of the sandbox's range leads to the outcome that its scenario is made for.
func TestEveryAnswerLeadsToItsOutcome(t *testing.T) {
	t.Parallel()

	r := newRig(t)

	cases := map[int]struct {
		status           store.Status
		reason, detail   string
		attempts, effect int
	}{
		0:  {store.StatusEnrolled, "", "", 1, 1},
		1:  {store.StatusAlreadyEnrolled, "ALREADY_EXISTS", "", 1, 0},
		10: {store.StatusRejected, "INVALID_STATE", "PAN_INELIGIBLE", 1, 0},
		11: {store.StatusRejected, "INVALID_STATE", "INVALID_PAN", 1, 0},
		12: {store.StatusRejected, "INVALID_STATE", "ISSUER_DECLINED", 1, 0},
		13: {store.StatusRejected, "INVALID_STATE", "TOKENIZATION_INELIGIBLE", 1, 0},
		28: {store.StatusEnrolled, "", "", 2, 1},
		50: {store.StatusEnrolled, "", "", 2, 1},
		51: {store.StatusDead, "INTERNAL", "", 3, 0},
		53: {store.StatusEnrolled, "", "", 2, 1},
		54: {store.StatusDead, "UNAVAILABLE", "NO_RESPONSE_FROM_ISSUER", 3, 0},
		55: {store.StatusEnrolled, "", "", 2, 1},
		60: {store.StatusEnrolled, "", "", 1, 1},
		70: {store.StatusEnrolled, "", "", 2, 2},
		80: {store.StatusDead, "", "", 3, 0},
		81: {store.StatusEnrolled, "", "", 2, 2},
		82: {store.StatusEnrolled, "", "", 2, 2},
		83: {store.StatusEnrolled, "", "", 2, 2},
	}

	for scenario := range cases {
		r.publish(fmt.Sprintf("s%02d", scenario), sandbox.PAN(scenario, 1))
	}

	stop := r.start()
	outcomes := r.outcomesOf(len(cases))

	stop()
	r.drained()

	for scenario, want := range cases {
		id := fmt.Sprintf("s%02d", scenario)
		outcome, row := outcomes[id], r.row(id)

		require.Equal(t, want.status, row.Status, "scenario %d: %+v", scenario, row)
		require.Equal(t, string(want.status), outcome.Status)
		require.Equal(t, want.attempts, row.Attempts, "scenario %d", scenario)
		require.Equal(t, want.effect, r.sandbox.Ledger().Effects(sandbox.PAN(scenario, 1)), "scenario %d", scenario)

		if want.reason != "" {
			require.Equal(t, want.reason, row.Failure.Reason, "scenario %d", scenario)
		}

		if want.detail != "" {
			require.Equal(t, want.detail, row.Failure.Detail, "scenario %d", scenario)
		}

		if want.status == store.StatusEnrolled {
			require.NotEmpty(t, row.SrcDigitalCardID)
			require.Equal(t, row.SrcDigitalCardID, outcome.SrcDigitalCardID)
			require.Nil(t, outcome.Error)
		}
	}

	dead := 0
	for _, letter := range r.letters() {
		require.Equal(t, string(store.StatusDead), letter.Status)
		require.NotEmpty(t, letter.Job.Sealed)
		dead++
	}

	require.Equal(t, 3, dead)
	require.False(t, pan.LooksLikeCard(r.log.String()), "the log holds a card number")
}

// Whatever is wrong with a message ends in a row that says so, and the good ones go through.
func TestBrokenMessagesEndInRows(t *testing.T) {
	t.Parallel()

	// A server whose messages may be larger than ours, and a stream that takes them: what other publishers' rights allow.
	r := newRig(t)
	good := r.publish("good-1", sandbox.PAN(0, 1))

	edited := func(change func(members map[string]any)) []byte {
		body, err := good.Encode()
		require.NoError(t, err)

		var members map[string]any
		require.NoError(t, json.Unmarshal(body, &members))
		change(members)
		body, err = json.Marshal(members)
		require.NoError(t, err)

		return body
	}
	set := func(id, name string, value any) []byte {
		return edited(func(members map[string]any) { members["id"], members[name] = id, value })
	}

	cases := map[string]struct {
		subject string
		body    []byte
		reason  string
		letter  bool
	}{
		"~ENROLL_JOBS.2": {"enroll.jobs.demo", []byte("hello"), "NOT_JSON", true},
		"schema":         {"enroll.jobs.demo", set("schema", "schema", 7), "UNKNOWN_SCHEMA", true},
		"color":          {"enroll.jobs.demo", set("color", "color", "red"), "INVALID_FIELD", true},
		"clear":          {"enroll.jobs.demo", set("clear", "pan", sandbox.PAN(0, 3)), "CARD_IN_CLEAR", false},
		"cvc":            {"enroll.jobs.demo", set("cvc", "cvc", "123"), "SECURITY_CODE", false},
		"tampered":       {"enroll.jobs.demo", set("tampered", "sealed", tampered(good.Sealed)), "BROKEN_SEAL", true},
		"program":        {"enroll.jobs.other", set("program", "program", "other"), "UNKNOWN_PROGRAM", true},
		"subject":        {"enroll.jobs.other", set("subject", "color", nil), "INVALID_FIELD", true},
		"astray":         {"enroll.jobs.other", set("astray", "batch", "b1"), "INVALID_FIELD", false},
		"late":           {"enroll.jobs.demo", set("late", "not_after", "2020-01-01T00:00:00Z"), "NOT_AFTER", false},
	}

	r.publishRaw(cases["~ENROLL_JOBS.2"].subject, cases["~ENROLL_JOBS.2"].body)

	for id, c := range cases {
		if !strings.HasPrefix(id, "~") {
			r.publishRaw(c.subject, c.body)
		}
	}

	r.publish("good-2", sandbox.PAN(0, 4))

	stop := r.start()
	r.outcomesUntil(len(cases) + 2)
	stop()
	r.drained()

	for id, c := range cases {
		row := r.row(id)
		require.Equal(t, c.reason, row.Failure.Reason, "%s: %+v", id, row)
		require.True(t, row.Status.Final())
		require.Zero(t, row.Attempts)
		require.False(t, pan.LooksLikeCard(fmt.Sprint(row)))
	}

	require.Equal(t, store.StatusEnrolled, r.row("good-1").Status)
	require.Equal(t, store.StatusEnrolled, r.row("good-2").Status)

	letters := map[string]bool{}
	for _, letter := range r.letters() {
		letters[letter.Key()] = true
	}

	for id, c := range cases {
		require.Equal(t, c.letter, letters[id], "dead letter of %s", id)
	}

	require.False(t, pan.LooksLikeCard(r.log.String()), "the log holds a card number")
}

// Two megabytes are more than the server takes, half of one more than our stream
// does; a stream that somebody has opened wider must not break the worker.
func TestAMessageTooLargeEndsInARow(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	body := []byte(`{"schema":1,"id":"huge","sealed":"` + strings.Repeat("a", 500<<10) + `"}`)

	_, err := r.js.Publish(t.Context(), "enroll.jobs.demo", make([]byte, 2<<20))
	require.ErrorIs(t, err, nats.ErrMaxPayload)
	_, err = r.js.Publish(t.Context(), "enroll.jobs.demo", body)
	require.ErrorContains(t, err, "message size exceeds maximum allowed")

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)

	config := stream.CachedInfo().Config
	config.MaxMsgSize = -1
	_, err = r.js.UpdateStream(t.Context(), config)
	require.NoError(t, err)

	r.publishRaw("enroll.jobs.demo", body)
	stop := r.start()
	outcome := r.outcome()
	stop()

	require.Equal(t, "invalid", outcome.Status)
	require.Equal(t, "MESSAGE_TOO_LARGE", outcome.Error.Reason)
	r.drained()
}

func TestAnIDSeenAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	card := sandbox.PAN(0, 1)
	r.publish("job", card)

	stop := r.start()
	require.Equal(t, "enrolled", r.outcome().Status)

	// The same content, sealed anew, past the queue's own memory of ids.
	again, err := r.seal("job", card).Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", again)

	// Other content under the same id.
	other, err := r.seal("job", sandbox.PAN(0, 2)).Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", other)

	outcomes := map[string]jobs.Outcome{}
	for range 2 {
		outcome := r.outcome()
		outcomes[outcome.Status] = outcome
	}

	stop()
	require.Contains(t, outcomes, "enrolled", "who publishes a settled job again is told again")

	outcome := outcomes["conflict"]
	require.Equal(t, "job", outcome.ID)
	require.Equal(t, "ID_CONFLICT", outcome.Error.Reason)
	require.Equal(t, store.StatusEnrolled, r.row("job").Status)
	require.Equal(t, 1, r.sandbox.Ledger().Effects(card))
	require.Zero(t, r.sandbox.Ledger().Effects(sandbox.PAN(0, 2)))
	r.drained()
}

// A corrected job that follows at once under the same id is no duplicate: its publisher hears that it is a conflict. The same
// job sealed anew is one. Both hold while the first waits and after it has ended.
func TestACorrectedJobUnderAnIDIsNeverSwallowed(t *testing.T) {
	t.Parallel()

	for name, firstEnds := range map[string]bool{"the first waits": false, "the first has ended": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)
			card, corrected := sandbox.PAN(0, 1), sandbox.PAN(0, 2)
			publish := func(job jobs.Job) { // as another process would, in any language
				body, err := job.Encode()
				require.NoError(t, err)
				ack, err := r.js.Publish(t.Context(), jobs.Subject(job.Program), body, jetstream.WithMsgID(jobs.MessageID(job.ID, body)))
				require.NoError(t, err)
				require.False(t, ack.Duplicate)
			}
			publish(r.seal("job", card))

			var stop func() enroll.Summary
			if firstEnds {
				stop = r.start()
				require.Equal(t, "enrolled", r.outcome().Status)
			}

			publish(r.seal("job", corrected))
			publish(r.seal("job", card))

			if !firstEnds {
				stop = r.start()
			}

			seen := map[string]bool{"enrolled": firstEnds}
			for !seen["enrolled"] || !seen["conflict"] {
				outcome := r.outcome()
				require.Equal(t, "job", outcome.ID)
				seen[outcome.Status] = true
			}

			r.awaitEmptyQueue()
			stop()
			r.drained()

			require.Equal(t, store.StatusEnrolled, r.row("job").Status)
			// Which of the two comes first is the queue's affair when both wait.
			require.Equal(t, 1, r.sandbox.Ledger().Effects(card)+r.sandbox.Ledger().Effects(corrected))
		})
	}
}

func TestARotatedHMACKeyMakesNoConflict(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	card := sandbox.PAN(0, 1)
	r.publish("job", card)

	stop := r.start()
	r.outcome()
	stop()

	r.config.HMACKeys = hmacKeys(parts.HMACKey(t), r.config.HMACKeys()[0])
	again, err := r.seal("job", card).Encode()
	require.NoError(t, err)
	r.publishRaw("enroll.jobs.demo", again)
	r.publish("last", sandbox.PAN(0, 2))

	stop = r.start()
	require.ElementsMatch(t, []string{"job", "last"}, []string{r.outcome().ID, r.outcome().ID})
	stop()
	r.drained()
}

func TestHoldKeepsAnUnknownResultForAnOperator(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	program := r.config.Programs["demo"]
	program.OnUnknown = enroll.Hold
	r.config.Programs["demo"] = program

	r.publish("lost", sandbox.PAN(70, 1))
	r.publish("good", sandbox.PAN(0, 1))

	stop := r.start()
	require.Equal(t, "good", r.outcome().ID)
	eventually.True(t, func() bool { return len(r.letters()) == 1 }, patience, 10*time.Millisecond)
	stop()
	r.drained()

	require.Equal(t, store.StatusInDoubt, r.row("lost").Status)
	require.Equal(t, "in_doubt", r.letters()[0].Status)
	require.Equal(t, 1, r.sandbox.Ledger().Effects(sandbox.PAN(70, 1)))
}

// A wrong key burns no job: all wait, and go through when the key is right.
func TestAWrongKeyHaltsAndBurnsNothing(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.signing.set(t, testKeys().other)

	const n = 30
	for i := range n {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	stop := r.start()
	eventually.True(t, func() bool { return r.log.Contains("HALTED") && r.config.Pacers["demo"].State().Halted != "" }, patience, 10*time.Millisecond)
	require.Empty(t, r.outcomes)
	require.Equal(t, 1, strings.Count(r.log.String(), "HALTED"), "one alarm, not one a job")

	r.signing.set(t, testKeys().signing)
	r.outcomesOf(n)
	stop()
	r.drained()
	require.Empty(t, r.config.Pacers["demo"].State().Halted)

	for i := range n {
		require.Equal(t, store.StatusEnrolled, r.row(fmt.Sprintf("job-%d", i)).Status)
		require.Equal(t, 1, r.sandbox.Ledger().Effects(sandbox.PAN(0, i)))
	}
}

// A worker that is told to stop finishes what it has, and takes no more.
func TestStopFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.config.InFlight = 2
	r.publish("slow", sandbox.PAN(60, 1))

	stop := r.start()
	eventually.True(t, func() bool { return r.sandbox.Ledger().Card(sandbox.PAN(60, 1)).Calls == 1 }, patience, 5*time.Millisecond)

	account := stop()
	require.Equal(t, enroll.Summary{Acknowledged: 1}, account)
	require.Equal(t, store.StatusEnrolled, r.row("slow").Status)
	r.drained()
}

// A call that outlasts the grace period is cut off: its result is unknown, and it is scheduled again.
func TestStopCutsOffWhatOutlastsTheGracePeriod(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	r.config.Grace = 10 * time.Millisecond
	r.api.CallTimeout = time.Minute
	r.publish("hung", sandbox.PAN(61, 1))

	stop := r.start()
	eventually.True(t, func() bool { return r.sandbox.Ledger().Card(sandbox.PAN(61, 1)).Calls == 1 }, patience, 5*time.Millisecond)

	account := stop()
	require.Equal(t, enroll.Summary{Acknowledged: 1}, account)
	require.Equal(t, store.StatusRetrying, r.row("hung").Status)

	stream, err := r.js.Stream(t.Context(), jobs.StreamRetry)
	require.NoError(t, err)
	require.EqualValues(t, 1, stream.CachedInfo().State.Msgs, "its next attempt is scheduled")
}

// A consumer that is deleted under a running worker is created again.
func TestADeletedConsumerIsCreatedAgain(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	stop := r.start()
	r.publish("before", sandbox.PAN(0, 1))
	eventually.True(t, func() bool { return len(r.outcomes) == 1 }, patience, time.Millisecond)

	require.NoError(t, r.js.DeleteConsumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo")))
	r.publish("after", sandbox.PAN(0, 2))
	require.Contains(t, r.outcomesOf(2), "after") // the first may be announced again: its consumer knows of no acknowledgement
	stop()
	r.drained()
}

func TestNewNamesEverySettingThatIsMissing(t *testing.T) {
	t.Parallel()

	_, err := enroll.New(nil, nil, nil, enroll.Config{})
	require.EqualError(t, err, "a worker needs a name\na worker needs at least one program\n"+
		"a worker needs intake keys\na worker needs HMAC keys")
}

// outcomesUntil waits for n outcomes, the ids of which may repeat.
func (r *rig) outcomesUntil(n int) {
	r.t.Helper()

	for range n {
		r.outcome()
	}
}

// tampered changes one character in the middle of the ciphertext, to another of the same alphabet.
func tampered(sealed string) string {
	parts := strings.Split(sealed, ".")
	ciphertext := []byte(parts[3])

	if middle := &ciphertext[len(ciphertext)/2]; *middle == 'A' {
		*middle = 'B'
	} else {
		*middle = 'A'
	}

	parts[3] = string(ciphertext)

	return strings.Join(parts, ".")
}
