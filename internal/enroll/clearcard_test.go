package enroll_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// A number of no brand, so that nothing but the job's own card makes it one.
const ownNumber = "9999123456789019"

// Whatever stands beside the seal must not hold the job's own number. The job ends, and nothing that is kept holds it.
func TestTheJobsOwnNumberBesideItsSeal(t *testing.T) {
	t.Parallel()

	require.False(t, pan.LooksLikeCard(ownNumber))
	require.True(t, pan.Luhn(ownNumber))

	fullWidth := strings.Map(func(r rune) rune { return '０' + r - '0' }, ownNumber)
	grouped := "9999 1234\u00a05678-9019"

	type message struct {
		change func(members map[string]any)
		header [2]string
		field  string
	}

	set := func(name, value string) func(map[string]any) {
		return func(members map[string]any) { members[name] = value }
	}

	cases := map[string]message{
		"card-id":          {change: set("external_card_id", ownNumber), field: "external_card_id"},
		"card-id-grouped":  {change: set("external_card_id", "card "+grouped), field: "external_card_id"},
		"card-id-script":   {change: set("external_card_id", fullWidth), field: "external_card_id"},
		"card-id-encoded":  {change: set("external_card_id", base64.StdEncoding.EncodeToString([]byte(ownNumber))), field: "external_card_id"},
		"card-id-short":    {change: set("external_card_id", ownNumber[:15]), field: "external_card_id"},
		"card-id-first":    {change: set("external_card_id", "k"+ownNumber[:12]), field: "external_card_id"},
		"card-id-middle":   {change: set("external_card_id", ownNumber[4:15]), field: "external_card_id"},
		"card-id-account":  {change: set("external_card_id", "acc-"+ownNumber[6:15]), field: "external_card_id"},
		"consumer-account": {change: set("external_consumer_id", "00"+ownNumber[8:15]), field: "external_consumer_id"},
		"consumer-id":      {change: set("external_consumer_id", "4711/"+ownNumber), field: "external_consumer_id"},
		"batch":            {change: set("batch", "b-"+ownNumber), field: "batch"},
		"program":          {change: set("program", ownNumber), field: "program"},
		"trace":            {header: [2]string{"traceparent", "00-0000000000000000" + ownNumber + "-00f067aa0ba902b7-01"}, field: "header traceparent"},
		"message-id":       {header: [2]string{nats.MsgIdHdr, ownNumber}, field: "header Nats-Msg-Id"},
		"any-header":       {header: [2]string{"X-Card", grouped}, field: "header X-Card"},
		"a-name-of-header": {header: [2]string{"X-" + ownNumber, "1"}, field: "header X-************9019"},
		"spread-over-two": {change: func(members map[string]any) {
			members["external_consumer_id"], members["external_card_id"] = ownNumber[:10], ownNumber[10:]
		}, field: ""},
	}

	r := newRig(t)
	send := func(id string, m message) {
		members := r.members(id, ownNumber)
		if m.change != nil {
			m.change(members)
		}

		msg := nats.NewMsg(jobs.Subject(fmt.Sprint(members["program"])))
		msg.Data, _ = json.Marshal(members)

		if m.header[0] != "" {
			msg.Header.Set(m.header[0], m.header[1])
		}

		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}

	for id, m := range cases {
		send(id, m)
	}

	send(ownNumber, message{})
	send(ownNumber[6:15], message{})

	stop := r.start()
	outcomes := r.outcomesOf(len(cases) + 2)
	stop()
	r.drained()

	for id, outcome := range outcomes {
		require.Equal(t, "invalid", outcome.Status, id)
		require.Equal(t, "CARD_IN_CLEAR", outcome.Error.Reason, id)

		row := r.row(id)
		require.Equal(t, store.StatusInvalid, row.Status, id)
		require.Zero(t, row.Attempts, id)

		if m, found := cases[id]; found {
			require.Equal(t, m.field, row.Failure.Field, id)
		} else {
			require.True(t, strings.HasPrefix(id, "~ENROLL_JOBS."), "%s: a row of no clear number", id)
		}
	}

	require.Empty(t, r.letters())
	r.requireNowhere(ownNumber)
}

// A payload that is not good has a number too, and what else is wrong with the job does not matter.
func TestTheNumberOfABrokenPayloadBesideItsSeal(t *testing.T) {
	t.Parallel()

	good := string(parts.Payload(ownNumber).Reveal())
	payloads := map[string]struct{ clear, reason string }{
		"unknown-member": {strings.Replace(good, `"card":{`, `"card":{"color":"red",`, 1), "CARD_IN_CLEAR"},
		"a-number":       {strings.Replace(good, `"`+ownNumber+`"`, ownNumber, 1), "CARD_IN_CLEAR"},
		"grouped":        {strings.Replace(good, ownNumber, "9999 1234 5678 9019", 1), "CARD_IN_CLEAR"},
		"expired":        {strings.Replace(good, "2099", "2020", 1), "CARD_IN_CLEAR"},
		"no-document":    {ownNumber, "CARD_IN_CLEAR"},
		"a-code-as-well": {strings.Replace(good, `"card":{`, `"card":{"cvc":"123",`, 1), "SECURITY_CODE"},
	}

	r := newRig(t)

	for id, p := range payloads {
		members := r.members(id, ownNumber)
		members["external_card_id"], members["sealed"] = ownNumber, sealText(t, r.intake, p.clear)
		body, err := json.Marshal(members)
		require.NoError(t, err)
		r.publishRaw(jobs.Subject("demo"), body)
	}

	stop := r.start()
	outcomes := r.outcomesOf(len(payloads))
	stop()
	r.drained()

	for id, p := range payloads {
		require.Equal(t, p.reason, outcomes[id].Error.Reason, id)
	}

	require.Empty(t, r.letters())
	r.requireNowhere(ownNumber)
}

// A worker without the intake key writes a row of a job that it cannot look into; the one that can takes the number out of it.
func TestTheNumberIsTakenOutOfARowThatIsThere(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	ring := r.config.Keys()
	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	r.config.Keys = func() *jobs.KeyRing { return other }

	members := r.members("late", ownNumber)
	members["external_card_id"] = ownNumber
	body, err := json.Marshal(members)
	require.NoError(t, err)
	r.publishRaw(jobs.Subject("demo"), body)

	stop := r.start()
	eventually.True(t, func() bool {
		row, found, err := r.store.Outcome(t.Context(), "late")
		return err == nil && found && row.Status == store.StatusRetrying
	}, patience, r.config.HandBack)
	stop()

	r.config.Keys = func() *jobs.KeyRing { return ring }
	stop = r.start()
	outcome := r.outcome()
	stop()
	r.drained()

	require.Equal(t, "CARD_IN_CLEAR", outcome.Error.Reason)
	require.Equal(t, store.StatusInvalid, r.row("late").Status)
	require.Empty(t, r.letters())
	r.requireNowhere(ownNumber)
}

// members are those of a job's message, for a test to change.
func (r *rig) members(id, number string) map[string]any {
	r.t.Helper()

	body, err := r.seal("sealed", number).Encode()
	require.NoError(r.t, err)

	var members map[string]any
	require.NoError(r.t, json.Unmarshal(body, &members))
	members["id"] = id

	return members
}

// requireNowhere looks for a number, in every form, in all that is kept: tables, letters, events, scheduled retries, the log.
func (r *rig) requireNowhere(digits string) {
	r.t.Helper()

	number := pan.Unchecked(digits)
	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	rows, err := conn.Query(r.t.Context(), `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
	require.NoError(r.t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(r.t, err)
	require.NotEmpty(r.t, tables)

	for _, table := range tables {
		rows, err := conn.Query(r.t.Context(), `SELECT t::text FROM `+table+` t`)
		require.NoError(r.t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(r.t, err)

		for _, line := range lines {
			require.False(r.t, number.In(line) || number.AccountIn(line), "%s: %s", table, line)
		}
	}

	for _, name := range []string{jobs.StreamDead, jobs.StreamOutcomes, jobs.StreamRetry} {
		stream, err := r.js.Stream(r.t.Context(), name)
		require.NoError(r.t, err)

		state := stream.CachedInfo().State
		for i := state.FirstSeq; i <= state.LastSeq && i > 0; i++ {
			msg, err := stream.GetMsg(r.t.Context(), i)
			if err != nil {
				continue // taken
			}

			text := fmt.Sprint(msg.Subject, msg.Header, string(msg.Data))
			require.False(r.t, number.In(text) || number.AccountIn(text), "%s: %s", name, text)
		}
	}

	require.False(r.t, number.In(r.log.String()), "the log holds the number:\n%s", r.log)
}
