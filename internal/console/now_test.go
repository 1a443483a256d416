package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

const (
	patience = 20 * time.Second
	tick     = 20 * time.Millisecond
)

// becomes waits until a page says something.
func (b *browser) becomes(path, want string) string {
	b.t.Helper()

	var page string

	eventually.True(b.t, func() bool {
		page = b.page(path)

		return contains(page, want)
	}, patience, tick, "%s says %s", path, want)

	return page
}

func TestNowTellsHowEachProgramStands(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	now := time.Now()

	require.NoError(t, control.New(r.js).CoolDown(t.Context(), control.CoolDown{Program: "silver", Until: now.Add(time.Hour), By: "w1"}))
	r.present(control.Presence{
		Worker: "w1 " + markup, Started: now, InFlight: 3, Acknowledged: 1234567, DatabaseAway: now, Drifts: []string{"max_ack_pending is 7"},
		Programs: []control.ProgramPresence{
			{Name: program, Halt: &control.Stop{Reason: "AUTHENTICATION_FAILED " + markup, Since: now, Advice: "See to the signing key."}},
			{Name: "gold", Trip: &control.Stop{Reason: "UNAVAILABLE", Since: now, NextProbe: now.Add(time.Minute)}},
			{Name: "silver"}, {Name: "iron", Failing: &control.Trouble{Reason: "TIMEOUT", Calls: 12, Since: now}}, {Name: "tin"},
		},
	})
	r.publish(jobs.Subject(program), "one")

	r.as("ana").becomes("/", "See to the signing key.")
	page := r.as("ana").becomes("/", "<dt>Waiting</dt><dd>1</dd>")

	for _, want := range []string{
		"halted", "AUTHENTICATION_FAILED &lt;script&gt;", "API sick", "cooling down", "as the API asked worker w1", "failing",
		"12 calls have failed", "taking jobs", "1,234,567", "database away", "its database has not answered since",
		"max_ack_pending is 7", "Jobs settled a minute: ",
	} {
		require.Contains(t, page, want)
	}
}

func TestNowSaysThatNobodyTakesJobs(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.publish(jobs.Subject(program), "one")

	page := r.as("bob").becomes("/", "Jobs of demo wait and no worker takes them.")
	require.Contains(t, page, "no worker")
	require.Contains(t, page, "No worker runs.")
}

// The page has what `submit status` has, of all workers of a program together.
func TestNowTellsHowTheAPIIsCalled(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	took := pace.Took{34: 10} // two seconds

	for _, name := range []string{"w1", "w2"} {
		r.present(control.Presence{Worker: name, Programs: []control.ProgramPresence{
			{Name: "gold", MaxInFlight: 600, Calling: 7, AgreedRate: 50, Calls: &control.Rates{Minute: 22.5}, Took: took}, {Name: "silver", MaxInFlight: 8},
		}})
	}

	r.publish(jobs.Subject(program), "one")

	b := r.as("bob")
	page := b.becomes("/", "14 <span>of 1,200")
	row := func(name string) string {
		_, rest, found := strings.Cut(page, `<tr id="c-`+name+`">`)
		require.True(t, found, name)
		row, _, _ := strings.Cut(rest, "</tr>")

		return row
	}

	for _, want := range []string{"45 <span>of 50</span> <span>(90 %)</span>", ">2.0 s<"} {
		require.Contains(t, row("gold"), want)
	}

	require.Contains(t, row("silver"), "0 <span>of 16</span>")
	require.Contains(t, row("silver"), "no limit")
	require.Contains(t, row("silver"), "–", "no call was made lately")
	require.Contains(t, row(program), "not known: no worker reports")

	status, err := control.New(r.js).Status(t.Context())
	require.NoError(t, err)
	require.InDelta(t, 90, status.Programs[slices.IndexFunc(status.Programs, func(p control.Progress) bool { return p.Program == "gold" })].AgreedPercent(), 0.01)
}

func TestPausingAndResuming(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.present(control.Presence{Worker: "w1", Programs: []control.ProgramPresence{{Name: program}}})

	b := r.as("ana")
	b.becomes("/", "taking jobs")

	status, body, _ := b.submit("/programs/pause", "program", program)
	require.Equal(t, 422, status)
	require.Contains(t, body, "Say why")

	page := b.act("/programs/pause", "program", program, "why", "keys of "+card+" "+markup)
	require.Contains(t, page, "demo paused: within seconds workers take no more of these jobs")
	require.Contains(t, page, "by ana@127.0.0.1 (console): keys of ************4784 &lt;script&gt;")
	require.NotContains(t, b.page("/"), "within seconds", "it is said once")

	pauses, err := control.New(r.js).Pauses(t.Context())
	require.NoError(t, err)
	require.Equal(t, program, pauses[0].Program)

	require.Contains(t, b.act("/programs/resume", "program", program), "demo resumed.")
	require.Contains(t, b.act("/programs/resume", "program", program), "Nothing was paused by that name.")

	require.Contains(t, b.act("/programs/pause", "why", "all of it"), "All programs are paused")
	require.Contains(t, b.act("/programs/resume"), "all programs resumed.")

	kept := r.acts()
	require.Len(t, kept, 5)
	require.Equal(t, []store.ActStatus{store.ActDone, store.ActDone, store.ActRefused, store.ActDone, store.ActDone}, []store.ActStatus{
		kept[0].Status, kept[1].Status, kept[2].Status, kept[3].Status, kept[4].Status,
	})
	require.Equal(t, "ana", kept[4].Who)
	require.Equal(t, "pause", kept[4].Act)
	require.Equal(t, program, kept[4].Program)

	status, _, _ = b.submit("/programs/pause", "program", "A B", "why", "x")
	require.Equal(t, 422, status)
}

func TestLiftingWhatTheAPIAskedFor(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	require.NoError(t, control.New(r.js).CoolDown(t.Context(), control.CoolDown{Program: program, Until: time.Now().Add(time.Hour), By: "w1"}))

	b := r.as("ana")
	require.Contains(t, b.page("/"), "Lift cool-down")
	require.Contains(t, b.act("/programs/lift", "program", program), "The cool-down of demo ends at all workers within seconds.")
	require.NotContains(t, b.page("/"), "Lift cool-down")
	require.Contains(t, b.act("/programs/lift", "program", program), "No pause that the API asked for was known")
	require.Equal(t, "lift", r.acts()[0].Act)
}
