package chaos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/chaos"
)

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant, if times could be

// good is a history in which all promises are kept: a job that went well, one whose first answer was lost and whose
// card was therefore enrolled twice, and one that had to be given up.
func good() chaos.History {
	ended := func(job string, n int, verdict string) chaos.Attempt {
		return chaos.Attempt{JobID: job, Attempt: n, Worker: "w", StartedAt: noon, FinishedAt: noon, Verdict: verdict}
	}

	return chaos.History{
		Accepted: []chaos.Job{
			{ID: "well", Want: store.StatusEnrolled},
			{ID: "twice", Want: store.StatusEnrolled},
			{ID: "dead", Want: store.StatusDead},
			{ID: "doubt", Want: store.StatusInDoubt},
			{ID: "broken", Want: store.StatusInvalid, Broken: true},
		},
		Rows: []chaos.Row{
			{JobID: "well", Status: store.StatusEnrolled, Attempts: 1, CompletedAt: noon},
			{JobID: "twice", Status: store.StatusEnrolled, Attempts: 2, CompletedAt: noon},
			{JobID: "dead", Status: store.StatusDead, Attempts: 1, CompletedAt: noon},
			{JobID: "doubt", Status: store.StatusInDoubt, Attempts: 1},
			{JobID: "broken", Status: store.StatusInvalid, CompletedAt: noon},
		},
		Attempts: []chaos.Attempt{
			ended("well", 1, "enrolled"), ended("twice", 1, "unknown"), ended("twice", 2, "enrolled"), ended("dead", 1, "retry"),
			ended("doubt", 1, "unknown"),
		},
		Events: []chaos.Event{
			{MsgID: "well/1", JobID: "well", Status: store.StatusEnrolled},
			{MsgID: "twice/2", JobID: "twice", Status: store.StatusEnrolled},
			{MsgID: "dead/1", JobID: "dead", Status: store.StatusDead},
			{MsgID: "dead/1", JobID: "dead", Status: store.StatusDead}, // announced again, as at least once allows
			{MsgID: "broken/0", JobID: "broken", Status: store.StatusInvalid},
		},
		Letters: []chaos.Letter{
			{MsgID: "dead/1", JobID: "dead", Status: store.StatusDead},
			{MsgID: "dead/1", JobID: "dead", Status: store.StatusDead},
			{MsgID: "doubt/1", JobID: "doubt", Status: store.StatusInDoubt},
			{MsgID: "broken/0", JobID: "broken", Status: store.StatusInvalid},
		},
		Effects: map[string]sandbox.CardEntry{
			"well":  {Calls: 1, Effects: 1},
			"twice": {Calls: 2, Effects: 2, Lost: 1},
			"dead":  {Calls: 1},
			"doubt": {Calls: 1, Effects: 1, Lost: 1},
		},
		Totals: sandbox.Totals{Effects: 4},
		Left:   map[string]uint64{jobs.StreamJobs: 0, jobs.StreamRetry: 0},
	}
}

func TestTheCheckerFindsNothingWhereAllIsWell(t *testing.T) {
	t.Parallel()

	require.Empty(t, chaos.Check(good()))
}

func TestTheCheckerFinds(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		spoil func(h *chaos.History)
		want  string
	}{
		"a lost job": {
			func(h *chaos.History) { h.Rows = h.Rows[1:] },
			"well: accepted, and has 0 rows",
		},
		"a job without an outcome": {
			func(h *chaos.History) { h.Rows[0].Status = store.StatusRetrying },
			`well: is "retrying", which is not final`,
		},
		"a burned job": {
			func(h *chaos.History) { h.Rows[0].Status = store.StatusDead },
			`well: ended as "dead", and its card leads to "enrolled"`,
		},
		"two rows": {
			func(h *chaos.History) { h.Rows = append(h.Rows, h.Rows[0]) },
			"well: accepted, and has 2 rows",
		},
		"a row of a job that nobody sent": {
			func(h *chaos.History) { h.Rows = append(h.Rows, chaos.Row{JobID: "well~0badc0de"}) },
			"well~0badc0de: has a row, and was never accepted",
		},
		"an attempt that the row does not count": {
			func(h *chaos.History) { h.Rows[1].Attempts = 1 },
			"twice: its row counts 1 attempts, the table of attempts has 2",
		},
		"a doubled effect": {
			func(h *chaos.History) {
				h.Effects["well"] = sandbox.CardEntry{Calls: 1, Effects: 2}
				h.Totals.Effects++
			},
			"well: has 2 effects, 1 more than attempts without an answer explain",
		},
		"a doubled effect after an attempt that says it did nothing": {
			func(h *chaos.History) { h.Attempts[1].Verdict = "retry" },
			"twice: has 2 effects, 1 more than attempts without an answer explain",
		},
		"an effect of a card that was refused": {
			func(h *chaos.History) {
				h.Effects["dead"] = sandbox.CardEntry{Calls: 1, Effects: 1}
				h.Totals.Effects++
			},
			`dead: leads to "dead", and the API enrolled its card`,
		},
		"an outcome without an effect": {
			func(h *chaos.History) { h.Effects["well"] = sandbox.CardEntry{Calls: 1}; h.Totals.Effects-- },
			`well: leads to "enrolled", and the API never enrolled its card`,
		},
		"a call without an attempt": {
			func(h *chaos.History) { h.Effects["well"] = sandbox.CardEntry{Calls: 2, Effects: 1} },
			"well: was called for 2 times, with 1 attempts begun",
		},
		"a lost answer that no attempt knows of": {
			func(h *chaos.History) { h.Effects["well"] = sandbox.CardEntry{Calls: 1, Effects: 1, Lost: 1} },
			"well: lost 1 answers, and only 0 attempts say so",
		},
		"an effect of no job": {
			func(h *chaos.History) { h.Totals.Effects++ },
			"the API had 5 effects, the accepted jobs explain 4",
		},
		"two events": {
			func(h *chaos.History) {
				h.Events[1] = chaos.Event{MsgID: "well/2", JobID: "well", Status: store.StatusEnrolled}
			},
			`well: is "enrolled" and was announced by 2 events`,
		},
		"no event": {
			func(h *chaos.History) { h.Events = h.Events[1:] },
			`well: is "enrolled" and was announced by 0 events`,
		},
		"an event that says otherwise than the row": {
			func(h *chaos.History) { h.Events[0].Status = store.StatusRejected },
			`well: was announced as "rejected", and is "enrolled"`,
		},
		"an event of no job": {
			func(h *chaos.History) { h.Events = append(h.Events, chaos.Event{MsgID: "x/1", JobID: "x"}) },
			"x: was announced, and never accepted",
		},
		"a dead job without a letter": {
			func(h *chaos.History) { h.Letters = h.Letters[2:] },
			`dead: is "dead" and has no dead letter that says so`,
		},
		"a job in doubt without a letter": {
			func(h *chaos.History) { h.Letters[2].JobID = "dead" },
			`doubt: is "in_doubt" and has no dead letter that says so`,
		},
		"a broken job without a letter": {
			func(h *chaos.History) { h.Letters = h.Letters[:3] },
			`broken: is "invalid" and has no dead letter that says so`,
		},
		"a letter of two contents": {
			func(h *chaos.History) { h.Letters[1].Content = "other" },
			"dead: the dead letter dead/1 was published with 2 contents",
		},
		"an event of two contents": {
			func(h *chaos.History) { h.Events[3].Content = "other" },
			"dead: the event dead/1 was published with 2 contents",
		},
		"an event of a job in doubt": {
			func(h *chaos.History) {
				h.Events = append(h.Events, chaos.Event{MsgID: "doubt/1", JobID: "doubt", Status: store.StatusInDoubt})
			},
			`doubt: is "in_doubt" and was announced by 1 events`,
		},
		"a dead job that may be enrolled": {
			func(h *chaos.History) { h.Attempts[3].Verdict = "unknown" },
			"dead: is dead, and an attempt may have been processed",
		},
		"a job in doubt whose attempts say what they did": {
			func(h *chaos.History) { h.Rows[2].Status = store.StatusInDoubt },
			`dead: ended as "in_doubt", and its card leads to "dead"`,
		},
		"a letter of a job that lives": {
			func(h *chaos.History) { h.Letters = append(h.Letters, chaos.Letter{MsgID: "well/1", JobID: "well"}) },
			`well: is "enrolled" and has 1 dead letters`,
		},
		"a letter of no job": {
			func(h *chaos.History) { h.Letters = append(h.Letters, chaos.Letter{MsgID: "x/1", JobID: "x"}) },
			"x: has a dead letter, and was never accepted",
		},
		"an unfinished attempt": {
			func(h *chaos.History) { h.Attempts[1].FinishedAt, h.Attempts[1].Verdict = time.Time{}, "" },
			"twice: attempt 1 of w has no end",
		},
		"something left in a stream": {
			func(h *chaos.History) { h.Left[jobs.StreamRetry] = 2 },
			"2 messages are left in ENROLL_RETRY",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			history := good()
			c.spoil(&history)

			var found []string
			for _, violation := range chaos.Check(history) {
				found = append(found, violation.String())
			}

			require.Contains(t, found, c.want)
		})
	}
}

func TestAReportOfAFailureHoldsWhatIsNeededToLookIntoIt(t *testing.T) {
	t.Parallel()

	history := good()
	history.Rows = history.Rows[1:]

	report := chaos.Report{
		Seed:       42,
		Script:     []chaos.Struck{{Fault: chaos.Fault{Kind: chaos.KindKill, Worker: 2}, At: noon, Lifted: noon.Add(time.Second)}},
		History:    history,
		Violations: chaos.Check(history),
	}
	require.Equal(t, 1, report.Lost())
	require.Zero(t, report.Doubled())

	var text strings.Builder

	require.NoError(t, report.Print(&text))
	require.Contains(t, text.String(), "seed 42")
	require.Contains(t, text.String(), "well: accepted, and has 0 rows\n    attempt 1 by w, 12:00:00.000 to 12:00:00.000: enrolled")
	require.Contains(t, text.String(), "12:00:00.000 to 12:00:01.000  worker killed: worker 2")
}
