package chaos_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/chaos"
)

// lived is a history of two cards that were changed, taken out and whose consumer was forgotten, where one answer was lost each
// time, and of two pushes.
func lived() chaos.History {
	var h chaos.History

	h.Effects, h.Lives = map[string]sandbox.CardEntry{}, map[string]chaos.Life{}

	ended := func(job chaos.Job, status store.Status, verdicts ...string) {
		h.Accepted = append(h.Accepted, job)
		row := chaos.Row{JobID: job.ID, Status: status, Attempts: len(verdicts), CompletedAt: noon}
		if status == store.StatusForgotten {
			row.Consumers = 1
		}

		h.Rows = append(h.Rows, row)
		h.Events = append(h.Events, chaos.Event{
			MsgID: job.ID, JobID: job.ID, Status: status, Receipt: status == store.StatusPushed,
		})

		for i, verdict := range verdicts {
			h.Attempts = append(h.Attempts, chaos.Attempt{
				JobID: job.ID, Attempt: i + 1, Worker: "w", StartedAt: noon, FinishedAt: noon, Verdict: verdict,
			})
		}
	}
	follows := func(id string, operation jobs.Operation, ofConsumer bool, gone store.Status, wants ...store.Status) chaos.Job {
		return chaos.Job{
			ID: "in." + id, Operation: operation,
			Change: chaos.Change{Of: "in", Consumer: ofConsumer, Wants: wants, Gone: gone},
		}
	}

	update := follows("update", jobs.Update, false, "", store.StatusUpdated)
	contact := follows("contact", jobs.Update, true, store.StatusNotEnrolled, store.StatusUpdated, store.StatusSuperseded)
	out := follows("out", jobs.Unenroll, false, store.StatusNotEnrolled, store.StatusUnenrolled)
	forget := follows("forget", jobs.Forget, true, "", store.StatusForgotten)

	ended(chaos.Job{
		ID: "in", Want: store.StatusEnrolled, After: [][]chaos.Job{{update}, {out}, {contact, forget}},
	}, store.StatusEnrolled, "enrolled")
	ended(update, store.StatusUpdated, "unknown", "updated")
	ended(out, store.StatusNotEnrolled, "unknown", "not_enrolled")
	ended(contact, store.StatusSuperseded)
	ended(forget, store.StatusForgotten, "forgotten")
	ended(chaos.Job{ID: "push", Want: store.StatusPushed, Operation: jobs.Push}, store.StatusPushed, "retry", "pushed")
	ended(chaos.Job{ID: "both", Want: store.StatusEnrolled, Operation: jobs.Push}, store.StatusEnrolled, "enrolled")

	h.Effects["in"] = sandbox.CardEntry{Calls: 1, Effects: 1}
	h.Effects["push"] = sandbox.CardEntry{Pushes: 2}
	h.Effects["both"] = sandbox.CardEntry{Calls: 1, Effects: 1, Pushes: 1}
	h.Lives["in"] = chaos.Life{
		Card: sandbox.Changes{Updated: 2, Deleted: 1}, Consumer: sandbox.Changes{Deleted: 1}, Consumers: 1,
	}
	h.Totals = sandbox.Totals{Effects: 2, Updated: 2, Deleted: 1, Forgotten: 1, Pushed: 3}

	return h
}

func TestTheCheckerFindsNothingInAGoodLife(t *testing.T) {
	t.Parallel()

	require.Empty(t, chaos.Check(lived()))
}

func TestTheCheckerFindsOfALife(t *testing.T) {
	t.Parallel()

	life := func(h *chaos.History, change func(*chaos.Life)) {
		l := h.Lives["in"]
		change(&l)
		h.Lives["in"] = l
	}

	for name, c := range map[string]struct {
		spoil func(h *chaos.History)
		want  string
	}{
		"a job that was never accepted": {
			func(h *chaos.History) { h.Accepted = h.Accepted[1:] },
			"in: was announced, and never accepted",
		},
		"a job that did not follow": {
			func(h *chaos.History) { h.Accepted = append(h.Accepted[:4:4], h.Accepted[5:]...) },
			"in.forget: follows the enrollment of a card, and was never accepted",
		},
		"a lost job": {
			func(h *chaos.History) { h.Rows = append(h.Rows[:1:1], h.Rows[2:]...) },
			"in.update: accepted, and has 0 rows",
		},
		"an end that is none of its": {
			func(h *chaos.History) { h.Rows[1].Status = store.StatusNotEnrolled },
			`in.update: ended as "not_enrolled", and may end as ["updated"] alone`,
		},
		"a card that was gone before anybody took it out": {
			func(h *chaos.History) { h.Attempts[3].Verdict = "retry" },
			`in.out: ended as "not_enrolled", and may end as ["unenrolled"] alone`,
		},
		"an update that was not made": {
			func(h *chaos.History) {
				life(h, func(l *chaos.Life) { l.Card.Updated = 0 })
				h.Totals.Updated = 0
			},
			"in: its card was updated 0 times, by 1 jobs and 1 attempts without an answer",
		},
		"an update that was doubled": {
			func(h *chaos.History) { h.Attempts[1].Verdict = "retry" },
			"in: its card was updated 2 times, by 1 jobs and 0 attempts without an answer",
		},
		"an update of a superseded job": {
			func(h *chaos.History) {
				life(h, func(l *chaos.Life) { l.Consumer.Updated = 1 })
				h.Totals.Updated++
			},
			"in: its consumer was updated 1 times, by 0 jobs and 0 attempts without an answer",
		},
		"a card that was taken out twice": {
			func(h *chaos.History) {
				life(h, func(l *chaos.Life) { l.Card.Deleted = 2 })
				h.Totals.Deleted++
			},
			"in: its card was taken out 2 times, by 0 jobs and 1 attempts without an answer",
		},
		"a consumer who was never forgotten": {
			func(h *chaos.History) {
				life(h, func(l *chaos.Life) { l.Consumer.Deleted, l.HasConsumer = 0, true })
				h.Totals.Forgotten = 0
			},
			"in: its consumer was taken out 0 times, by 1 jobs and 0 attempts without an answer",
		},
		"a consumer who is there again": {
			func(h *chaos.History) { life(h, func(l *chaos.Life) { l.HasConsumer = true }) },
			"in: that the API has its consumer is true, and by the jobs after it, it is false",
		},
		"a card that is there again": {
			func(h *chaos.History) { life(h, func(l *chaos.Life) { l.HasCard = true }) },
			"in: that the API has its card is true, and by the jobs after it, it is false",
		},
		"a card that is there, though a job says that it is gone": {
			func(h *chaos.History) {
				h.Accepted[0].After[2] = nil
				life(h, func(l *chaos.Life) { l.HasCard = true })
			},
			"in: that the API has its card is true, and by the jobs after it, it is false",
		},
		"a consumer who was left": {
			func(h *chaos.History) { life(h, func(l *chaos.Life) { l.Consumers = 2 }) },
			`in.forget: is "forgotten" and says that 1 consumers are gone, of 2`,
		},
		"a consumer of two who was not deleted": {
			func(h *chaos.History) { life(h, func(l *chaos.Life) { l.Consumers = 2 }) },
			"in: its consumer was taken out 1 times, by 1 jobs and 0 attempts without an answer",
		},
		"a change of nobody's": {
			func(h *chaos.History) { h.Totals.Updated++ },
			"the API updated 3 times, the accepted jobs explain 2",
		},
		"a push more than attempts": {
			func(h *chaos.History) {
				h.Effects["both"] = sandbox.CardEntry{Calls: 1, Effects: 1, Pushes: 2}
				h.Totals.Pushed++
			},
			"both: was pushed 2 times, with 1 attempts begun",
		},
		"a push that was not made": {
			func(h *chaos.History) { h.Effects["both"] = sandbox.CardEntry{Calls: 1, Effects: 1}; h.Totals.Pushed-- },
			"both: was pushed 0 times, with 1 attempts begun",
		},
		"a push of a card that was to be enrolled": {
			func(h *chaos.History) {
				h.Effects["in"] = sandbox.CardEntry{Calls: 1, Effects: 1, Pushes: 1}
				h.Totals.Pushed++
			},
			"in: pushes nothing, and its card was pushed 1 times",
		},
		"an event without its receipt": {
			func(h *chaos.History) { h.Events[5].Receipt = false },
			`push: was announced as "pushed", and that the event push has a receipt is false`,
		},
		"a receipt in another event": {
			func(h *chaos.History) { h.Events[6].Receipt = true },
			`both: was announced as "enrolled", and that the event both has a receipt is true`,
		},
		"a push of nobody's": {
			func(h *chaos.History) { h.Totals.Pushed++ },
			"the API took pushes 4 times, the accepted jobs explain 3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			history := lived()
			c.spoil(&history)

			var found []string
			for _, violation := range chaos.Check(history) {
				found = append(found, violation.String())
			}

			require.Contains(t, found, c.want)
		})
	}
}

// What came back by an attempt to enroll it that got no answer may be there, and may be taken out again.
func TestTheCheckerKnowsThatACardMayComeBack(t *testing.T) {
	t.Parallel()

	history := lived()
	history.Attempts = append(history.Attempts, chaos.Attempt{JobID: "in", Attempt: 2, StartedAt: noon, FinishedAt: noon, Verdict: "unknown"})
	history.Rows[0].Attempts = 2
	history.Lives["in"] = chaos.Life{
		Card: sandbox.Changes{Updated: 2, Deleted: 1}, Consumer: sandbox.Changes{Deleted: 1}, HasCard: true, HasConsumer: true,
		Consumers: 1,
	}

	require.Empty(t, chaos.Check(history))
}

func TestAReportTellsOfOperations(t *testing.T) {
	t.Parallel()

	history := lived()
	report := chaos.Report{History: history}
	require.Equal(t, 3, report.Cards())
	require.Zero(t, report.Doubled())

	history.Attempts[1].Verdict = "retry"
	require.Equal(t, 1, report.Doubled(), "an update more than its attempts explain")
}

// A card whose consumer was forgotten before it came to its turn is not enrolled, and nobody is left.
func TestTheCheckerKnowsThatAConsumerMayBeForgottenFirst(t *testing.T) {
	t.Parallel()

	forget := chaos.Job{ID: "in.forget", Operation: jobs.Forget, Change: chaos.Change{
		Of: "in", Consumer: true, Wants: []store.Status{store.StatusForgotten, store.StatusNotEnrolled},
	}}
	first := func() chaos.History {
		return chaos.History{
			Accepted: []chaos.Job{{ID: "in", Want: store.StatusEnrolled, After: [][]chaos.Job{{forget}}, AtOnce: true}, forget},
			Rows: []chaos.Row{
				{JobID: "in", Status: store.StatusSuperseded, CompletedAt: noon},
				{JobID: "in.forget", Status: store.StatusNotEnrolled, CompletedAt: noon},
			},
			Events: []chaos.Event{
				{MsgID: "1", JobID: "in", Status: store.StatusSuperseded},
				{MsgID: "2", JobID: "in.forget", Status: store.StatusNotEnrolled},
			},
			Lives: map[string]chaos.Life{"in": {}},
		}
	}

	require.Empty(t, chaos.Check(first()))

	for want, spoil := range map[string]func(h *chaos.History){
		`in: leads to "superseded", and the API enrolled its card`: func(h *chaos.History) {
			h.Effects = map[string]sandbox.CardEntry{"in": {Calls: 1, Effects: 1}}
		},
		`in: ended as "superseded", and its card leads to "enrolled"`: func(h *chaos.History) { h.Accepted[0].AtOnce = false },
		"in: that the API has its consumer is true, and by the jobs after it, it is false": func(h *chaos.History) {
			h.Rows[0].Status, h.Events[0].Status = store.StatusEnrolled, store.StatusEnrolled
			h.Lives["in"] = chaos.Life{HasConsumer: true, HasCard: true, Consumers: 1}
		},
	} {
		history := first()
		spoil(&history)

		var found []string
		for _, violation := range chaos.Check(history) {
			found = append(found, violation.String())
		}

		require.Contains(t, found, want)
	}
}
