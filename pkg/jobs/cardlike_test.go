package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// numbers that pass for cards, written as keys are.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var cardLikeKeys = map[string]string{
	"Visa":                    "4111111111111111",
	"Visa of thirteen digits": "4222222222222",
	"Amex":                    "378282246310005",
	"Mastercard with hyphens": "5204-7316-0001-4784",
	"Maestro of nineteen":     "6759123456789012342",
}

// What passes for any card's number is refused before it is published, wherever it stands.
func TestAKeyLikeACardIsRefused(t *testing.T) {
	t.Parallel()

	set := map[string]func(*jobs.Job, string){
		"id":                   func(j *jobs.Job, key string) { j.ID = key },
		"batch":                func(j *jobs.Job, key string) { j.Batch = key },
		"external_consumer_id": func(j *jobs.Job, key string) { j.ExternalConsumerID = key },
		"external_card_id":     func(j *jobs.Job, key string) { j.ExternalCardID = key },
		"program":              func(j *jobs.Job, key string) { j.Program = key },
	}

	for kind, key := range cardLikeKeys {
		for field, put := range set {
			t.Run(kind+" as "+field, func(t *testing.T) {
				t.Parallel()

				job := jobs.Job{Schema: 1, ID: "a", Program: "demo", Sealed: "a..b.c.d"}
				put(&job, key)

				_, err := job.Encode()

				var refused *jobs.Problem

				require.ErrorAs(t, err, &refused)
				require.Equal(t, jobs.ReasonClearCard, refused.Reason)
				require.Equal(t, field, refused.Field)
				require.NotContains(t, err.Error(), key)
				require.Error(t, job.Check())

				if jobs.CheckCardLike([]string{field}) != nil {
					require.Equal(t, "program", field, "a program's name is no key of its sender")
					return
				}

				body, err := job.Encode(field)
				require.NoError(t, err)
				require.NoError(t, job.Check(field))

				_, problem := jobs.Decode(body)
				require.NotNil(t, problem)
				read, problem := jobs.Decode(body, field)
				require.Nil(t, problem)
				require.Equal(t, job, read)
			})
		}
	}
}

func TestWhatCannotBeAllowedToLookLikeACard(t *testing.T) {
	t.Parallel()

	require.NoError(t, jobs.CheckCardLike(nil))
	require.NoError(t, jobs.CheckCardLike(jobs.CardLikeFields()))
	require.ErrorContains(t, jobs.CheckCardLike([]string{"sealed"}), "external_card_id")
}

func TestFindCardAround(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		subject, header, value string
		field                  string
	}{
		"nothing":                          {subject: "enroll.jobs.demo"},
		"the subject":                      {subject: "enroll.jobs.4111111111111111", field: "subject"},
		"a header":                         {"enroll.jobs.demo", "X-Card", "5204 7316 0001 4784", "header X-Card"},
		"the name of a header":             {"enroll.jobs.demo", "X-5204731600014784", "1", "header X-************4784"},
		"the message's id":                 {"enroll.jobs.demo", "Nats-Msg-Id", "4111111111111111", "header Nats-Msg-Id"},
		"the job's id in it":               {"enroll.jobs.demo", "Nats-Msg-Id", "4111111111111111/" + strings.Repeat("b", 32), "header Nats-Msg-Id"},
		"a digest that is a number":        {"enroll.jobs.demo", "Nats-Msg-Id", "a/00000000000000005204731600014784", "header Nats-Msg-Id"},
		"digits in a digest by chance":     {"enroll.jobs.demo", "Nats-Msg-Id", "a/5204731600014784ab01234567890123", ""},
		"a trace that is a number":         {"enroll.jobs.demo", "traceparent", "00-00000000000000005204731600014784-00f067aa0ba902b7-01", "header traceparent"},
		"digits in a trace by chance":      {"enroll.jobs.demo", "traceparent", "00-a5204731600014784b92f3577b34da6a-00f067aa0ba902b7-01", ""},
		"a span, digits only by chance":    {"enroll.jobs.demo", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-5204731600014784-01", ""},
		"a span that is filled up":         {"enroll.jobs.demo", "traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0371449635398431-01", "header traceparent"},
		"the span of an attempt by chance": {"enroll.due.demo", "Enroll-Previous-Attempt", "00-7e862edacdf1cf27652ae325a4bb8349-eb7ed49852663786-01", ""},
		"the span of an attempt, filled up": {
			"enroll.due.demo", "Enroll-Previous-Attempt", "00-4bf92f3577b34da6a3ce929d0e0e4736-0371449635398431-01", "header Enroll-Previous-Attempt",
		},
		"a state of traces, hex by chance": {"enroll.jobs.demo", "tracestate", "rojo=4222222222222abc", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found := jobs.FindCardAround(c.subject, map[string][]string{c.header: {c.value}})
			if c.field == "" {
				require.Nil(t, found)
				return
			}

			require.NotNil(t, found)
			require.Equal(t, c.field, found.Field)
			require.NotContains(t, found.Error(), "731600014784")
		})
	}

	require.Nil(t, jobs.FindCardAround("enroll.jobs.demo", map[string][]string{"Nats-Msg-Id": {"4111111111111111"}}, "id"))
}

// The sealer has the number: what stands beside the seal is searched for it in every form.
func TestTheSealerRefusesItsOwnNumberBesideTheSeal(t *testing.T) {
	t.Parallel()

	sealer := newSealer(t, newKey(t))

	for name, own := range map[string]string{
		"as it is":                    testPAN,
		"in groups":                   "5204/7316/0001/4784",
		"in another script":           "٥٢٠٤٧٣١٦٠٠٠١٤٧٨٤",
		"in base64":                   "NTIwNDczMTYwMDAxNDc4NA==",
		"but for its check digit":     testPAN[:15],
		"behind digits":               "4711" + testPAN,
		"with letters in the middles": "5204a7316b0001c4784",
		"its account number":          "k-" + testPAN[6:15],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := sealer.Seal(jobs.Job{ID: "a", Program: "demo", ExternalCardID: own}, goodPayload())

			var refused *jobs.Problem

			require.ErrorAs(t, err, &refused)
			require.Equal(t, jobs.ReasonClearCard, refused.Reason)
			require.Equal(t, "external_card_id", refused.Field)
			require.NotContains(t, err.Error(), testPAN)
		})
	}
}
