package enroll_test

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Whoever reads the event and whoever reads the row learn the same, whatever the end: each member of the one is the column of the
// other.
func TestEventAndRowSayTheSame(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	ends := r.everyEnd()
	events := r.events(len(ends))
	keys := map[string]bool{}

	for _, event := range events {
		row := r.rowOf(event)
		status, _ := row["status"].(string)
		keys[status] = true

		for member, column := range columnsOfEvents(t) {
			require.Equal(t, compared(at(row, column)), compared(at(event.body, member)), "%s of %s", member, event.body)
		}
	}

	require.Equal(t, ends, slices.Sorted(maps.Keys(keys)), "every kind of end was looked at")
}

// columnsOfEvents are the columns that the members of an event are, by their paths.
func columnsOfEvents(t *testing.T) map[string]string {
	t.Helper()

	columns := map[string]string{"batch": "batch_id"}

	for field := range reflect.TypeFor[jobs.Outcome]().Fields() {
		switch name := nameOf(field); name {
		case "schema", "batch":
		case "id": // that of a conflict is the id that its sender knows
		case "error":
			for field := range reflect.TypeFor[jobs.Failure]().Fields() {
				columns["error."+nameOf(field)] = "error_" + nameOf(field)
			}
		default:
			columns[name] = name
		}
	}

	return columns
}

func nameOf(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// at is the member at a path, nil where there is none.
func at(members map[string]any, path string) any {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		return members[first]
	}

	inner, _ := members[first].(map[string]any)

	return at(inner, rest)
}

// compared takes what is left out for what is empty, and times for what they are.
func compared(value any) any {
	text, isText := value.(string)
	if text == "" && (isText || value == nil) {
		return nil
	}

	if when, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return when.UTC()
	}

	return value
}

// published is one message of a stream.
type published struct {
	subject string
	header  nats.Header
	raw     []byte
	body    map[string]any
}

// everyEnd brings jobs to every final status, and returns these in order.
func (r *rig) everyEnd() []string {
	r.t.Helper()

	r.once(enroll.Hold)

	withKey := r.seal("enrolled", sandbox.PAN(0, 1))
	withKey.ExternalCardID, withKey.ExternalConsumerID = "card-4711", "consumer-1"
	_, err := r.publisher.Publish(r.t.Context(), withKey)
	require.NoError(r.t, err)

	stop := r.start()
	r.outcome()

	for id, scenario := range map[string]int{"rejected": 11, "dead": 51, "already": 1, "in-doubt": 70} {
		r.publish(id, sandbox.PAN(scenario, 1))
	}

	conflicting, err := r.seal("enrolled", sandbox.PAN(0, 3)).Encode()
	require.NoError(r.t, err)
	r.publishRaw("enroll.jobs.demo", conflicting)
	r.publishWith("expired", sandbox.PAN(0, 4), func(j *jobs.Job) { j.NotAfter = time.Unix(1, 0).UTC() })
	r.publishRaw("enroll.jobs.demo", []byte("hello"))
	r.publishRaw("enroll.jobs.a.b", []byte("hello"))
	r.publishRaw("enroll.jobs.demo", []byte(
		`{"schema":1,"id":"invalid-out","program":"demo","batch":"b1","operation":"unenroll","external_card_id":"card-4711","color":"red"}`))

	_, err = r.store.CancelBatch(r.t.Context(), "canceled", "tester", "a wrong file")
	require.NoError(r.t, err)
	r.publishWith("canceled", sandbox.PAN(0, 5), func(j *jobs.Job) { j.Batch = "canceled" })

	for _, out := range []jobs.Job{{ID: "unenrolled", ExternalCardID: "card-4711"}, {ID: "not-enrolled", ExternalCardID: "none"}} {
		out.Program, out.Operation = "demo", jobs.Unenroll
		_, err := r.publisher.Publish(r.t.Context(), out)
		require.NoError(r.t, err)
	}

	const ended = 11
	r.outcomesUntil(ended)
	eventually.True(r.t, func() bool { return r.row("in-doubt").Status == store.StatusInDoubt }, patience, 5*time.Millisecond)
	stop()

	_, err = redrive.Resolve(r.t.Context(), r.js, r.store, store.ResolveRequest{JobID: "in-doubt", As: store.ResolveEnrolled, Note: "seen"})
	require.NoError(r.t, err)
	r.outcome()

	return []string{
		"already_enrolled", "canceled", "conflict", "dead", "enrolled", "expired", "invalid", "not_enrolled", "rejected", "unenrolled",
	}
}

// events are the messages of ENROLL_OUTCOMES.
func (r *rig) events(atLeast int) []published {
	r.t.Helper()

	all := r.publishedOn(jobs.StreamOutcomes)
	require.GreaterOrEqual(r.t, len(all), atLeast)

	return all
}

// publishedOn are the messages of a stream.
func (r *rig) publishedOn(name string) []published {
	r.t.Helper()

	stream, err := r.js.Stream(r.t.Context(), name)
	require.NoError(r.t, err)

	var all []published

	for sequence := uint64(1); sequence <= stream.CachedInfo().State.LastSeq; sequence++ {
		msg, err := stream.GetMsg(r.t.Context(), sequence)
		require.NoError(r.t, err)

		one := published{subject: msg.Subject, header: msg.Header, raw: msg.Data}
		require.NoError(r.t, json.Unmarshal(msg.Data, &one.body))
		all = append(all, one)
	}

	return all
}

// rowOf is the row that an event tells of: that of its id, or of the conflict under it.
func (r *rig) rowOf(event published) map[string]any {
	r.t.Helper()

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	const sql = `SELECT to_jsonb(e) FROM enrollments e WHERE (job_id = $1 OR job_id LIKE $1 || '~%') AND status = $2`

	var row map[string]any

	require.NoError(r.t, conn.QueryRow(r.t.Context(), sql, event.body["id"], event.body["status"]).Scan(&row), event.body)

	return row
}
