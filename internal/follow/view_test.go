package follow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/progress"
	"enroll.example/clicktopay/internal/follow"
	"enroll.example/clicktopay/pkg/store"
)

func drawn(s follow.State, width int) []string {
	var out bytes.Buffer

	follow.OnScreen(progress.NewScreen(&out, func() (int, int) { return width, 50 })).Show(s)

	return strings.Split(strings.TrimSpace(regexp.MustCompile(`\x1b\[\d*[AKJ]|\r`).ReplaceAllString(out.String(), "")), "\n")
}

func TestTheViewFitsANarrowTerminal(t *testing.T) {
	t.Parallel()

	s := state(func(s *follow.State) {
		fleet(nil)(s)
		s.Progress.Batch.RowsRead, s.Progress.Batch.RowsRejected, s.Progress.Batch.RowsPublished = 10_000_000, 1_000_000, 9_000_000
		s.Progress.ByStatus = map[store.Status]int64{store.StatusEnrolled: 3_000_000, store.StatusRejected: 1_500_000, store.StatusRetrying: 12, store.StatusInProgress: 64}
		s.Codes = []store.CodeCount{
			{Status: store.StatusEnrolled, Count: 3_000_000},
			{Status: store.StatusRejected, Reason: "INVALID_ARGUMENT", Detail: "INVALID_DATA_FOR_VER_TYPE-22", Count: 1_000_000},
			{Status: store.StatusRetrying, Reason: "UNAVAILABLE", Count: 12},
		}
	})

	require.Equal(t, []string{
		"june  cards.csv, program demo",
		"████████████████░░░░░░░░░░░░░░░░░   50%",
		"rows 10000000, rejected 1000000",
		"published 9000000, queued 4499924",
		"in flight 64, to be retried 12",
		"settled 4500000",
		"0 a second",
		" 3000000  enrolled",
		" 1500000  rejected",
		"top error codes",
		" 1000000  INVALID_DATA_FOR_VER_TYPE-22",
		"      12  UNAVAILABLE",
		"! no worker is running: start one",
		"  (worker run)",
	}, drawn(s, 40))

	for width := 1; width < 100; width++ {
		for _, line := range drawn(s, width) {
			require.Less(t, utf8.RuneCountInString(line), max(width, 2))
		}
	}
}

// What others wrote cannot do anything to the terminal.
func TestTheViewIsPrintable(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	follow.OnScreen(progress.NewScreen(&out, func() (int, int) { return 200, 50 })).Show(state(func(s *follow.State) {
		s.Progress.Batch.Source = "a\x1b[2Jb"
		s.LedgerErr = errors.New("x\x1b]0;y\a\nz")
	}))
	require.Contains(t, out.String(), "pace not known", "nor is it guessed what cannot be known")
	require.NotContains(t, out.String(), "\x1b[2J")
	require.NotContains(t, out.String(), "\x1b]")
}

// Before the ledger has answered nothing is known, and that is what is said.
func TestTheDatabaseIsWaitedForByName(t *testing.T) {
	t.Parallel()

	var lines bytes.Buffer

	unknown := follow.State{Name: "june", At: now(), LedgerErr: errors.New("refused")}
	view := follow.InLines(&lines)
	view.Show(unknown)
	view.Show(unknown)
	require.Equal(t, "june: waiting for the database (--database-url), which does not answer: refused\n", lines.String())
	require.Contains(t, strings.Join(drawn(unknown, 80), "\n"), "! waiting for the database (--database-url)")
}

func TestLinesComeWhenSomethingChanges(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	view := follow.InLines(&out)
	at := func(second int, change func(*follow.State)) {
		view.Show(state(func(s *follow.State) {
			s.At = now().Add(time.Duration(second) * time.Second)
			s.ReadAt = s.At
			change(s)
		}))
	}
	settled := func(n int64) func(*follow.State) { return by(map[store.Status]int64{store.StatusEnrolled: n}) }

	at(0, settled(1))
	at(1, settled(2))
	at(6, settled(2))
	at(12, settled(2))
	at(13, func(s *follow.State) {
		settled(2)(s)
		s.FleetErr = errors.New("away")
	})
	at(14, func(s *follow.State) {
		settled(2)(s)
		s.FleetErr = errors.New("away")
	})
	at(15, settled(9))

	require.Equal(t, strings.Join([]string{
		"june: 11%: 1 of 9 settled, 8 queued, 0 in flight, 0 wait to be retried, 2 a second, 4s left",
		"june: 22%: 2 of 9 settled, 7 queued, 0 in flight, 0 wait to be retried, 2 a second, 4s left",
		"june: the queue does not answer, trying again: away",
		"june: 100%: 9 of 9 settled, 0 queued, 0 in flight, 0 wait to be retried, 2 a second",
		"",
	}, "\n"), out.String())
}

func TestEventsAreForPrograms(t *testing.T) {
	t.Parallel()

	var out bytes.Buffer

	view := follow.AsEvents(&out)
	view.Show(state(func(s *follow.State) {
		s.Codes = []store.CodeCount{{Status: store.StatusRejected, Reason: "A", Detail: "B", Count: 2}}
	}))
	view.Show(state(func(*follow.State) {}))
	view.Show(state(by(map[store.Status]int64{store.StatusEnrolled: 9})))

	events := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, events, 2, "nothing had changed between")

	var first, last map[string]any
	require.NoError(t, json.Unmarshal([]byte(events[0]), &first))
	require.NoError(t, json.Unmarshal([]byte(events[1]), &last))
	require.Equal(t, map[string]any{
		"at": "2026-06-15T12:00:00Z", "batch": "june", "rows_read": 10.0, "rows_rejected": 1.0, "rows_published": 9.0, "read_to_its_end": true,
		"jobs_total": 9.0, "jobs_queued": 4.0, "jobs_in_flight": 1.0, "jobs_settled": 3.0,
		"by_status": map[string]any{"enrolled": 3.0, "retrying": 1.0, "in_progress": 1.0},
		"codes":     []any{map[string]any{"status": "rejected", "reason": "A", "detail": "B", "count": 2.0}},
		"rate":      2.0, "seconds_left": 3.0, "total_known": true, "notes": []any{}, "done": false,
	}, first)
	require.Equal(t, true, last["done"])
}
