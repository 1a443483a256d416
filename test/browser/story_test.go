package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// story fills the site with a night: a program that is halted, one that is paused, one that goes on; files, failures, acts.
func (s *site) story() {
	s.t.Helper()
	s.told(markup)
}

// told is a story in which others have sent a text with theirs.
func (s *site) told(odd string) {
	s.t.Helper()

	s.odd = odd

	s.fleet()
	s.jobs()
	s.files()
	s.deadLetters(7)
	s.history()
	s.lastHour()
}

// lastHour is how many jobs came to their end in each minute.
func (s *site) lastHour() {
	_, err := s.sql.Exec(s.t.Context(), `INSERT INTO minutely_outcomes (minute, program, status, count)
		SELECT date_trunc('minute', now()) - n * interval '1 minute', 'gold', 'enrolled',
			CASE WHEN n BETWEEN 22 AND 29 THEN 40 + n ELSE 1400 + (300 * sin(n / 6.0))::integer + n * 37 % 90 END
		FROM generate_series(1, 60) n`)
	require.NoError(s.t, err)
	_, err = s.sql.Exec(s.t.Context(), `UPDATE rolled_up SET until = now()`)
	require.NoError(s.t, err)
}

func (s *site) fleet() {
	now := time.Now()
	keys := []control.Key{
		{Purpose: "signing", Fingerprint: "9f1c0d6be1a74f0b2a6f7f5f0c0c8a51a0e2b7c1d2f3e4a5b6c7d8e9f0a1b2c3", NotAfter: now.AddDate(0, 0, 12).UTC()},
		{Purpose: "encryption", Kid: "20261001-fpan-encryption", Fingerprint: "3b1c0d6be1a74f0b2a6f7f5f0c0c8a51a0e2b7c1d2f3e4a5b6c7d8e9f0a1b2d4", NotAfter: now.AddDate(1, 0, 0).UTC()},
		{Purpose: "intake", Kid: "bwozwnnDNwni7w1iKW44AUdXEl-NNTtwWHAFmQlrcHc"},
		{Purpose: "hmac", Kid: s.key.Kid},
	}

	s.present(control.Presence{
		Worker: "worker-a", Started: now.Add(-26 * time.Hour), InFlight: 184, Acknowledged: 1284551, HandedBack: 12, Keys: keys,
		Programs: []control.ProgramPresence{
			{
				Name: "gold", MaxInFlight: 256, Calling: 180, AgreedRate: 400, Calls: &control.Rates{Minute: 188, FiveMinutes: 190, Hour: 171},
				Took: pace.Took{20: 4000, 24: 700, 34: 300},
			},
			{Name: "silver", MaxInFlight: 64, AgreedRate: 50, Halt: &control.Stop{
				Reason: "AUTHENTICATION_FAILED " + s.odd, Since: now.Add(-14 * time.Minute), NextProbe: now.Add(95 * time.Second),
				Advice: "Check the consumer key and the signing key: does Mastercard know this pair?",
			}},
		},
	})
	s.present(control.Presence{
		Worker: "worker-b", Started: now.Add(-3 * time.Hour), InFlight: 171, Acknowledged: 402118, HandedBack: 3, Keys: keys[:3],
		Programs: []control.ProgramPresence{
			{
				Name: "gold", MaxInFlight: 256, Calling: 171, AgreedRate: 400, Calls: &control.Rates{Minute: 176, FiveMinutes: 180, Hour: 166},
				Took: pace.Took{20: 4000, 24: 700, 34: 300},
			},
			{Name: "platinum", MaxInFlight: 64},
		},
	})

	bucket := control.New(s.js)
	require.NoError(s.t, bucket.Pause(s.t.Context(), control.Pause{
		Program: "platinum", By: "ana@10.20.0.7 (console)", At: now.Add(-40 * time.Minute), Why: "the issuer's host is in maintenance until 23:30",
	}))
	require.NoError(s.t, bucket.CoolDown(s.t.Context(), control.CoolDown{Program: "gold", Until: now.Add(8 * time.Minute), By: "worker-a"}))

	for i := range 40 {
		s.publish(jobs.Subject([]string{"gold", "silver", "platinum"}[i%3]), []byte(fmt.Sprint("waiting ", i)))
	}
}

// present has a worker tell that it is there.
func (s *site) present(presence control.Presence) {
	ctx, cancel := context.WithCancel(context.Background())
	ended, ticks := make(chan struct{}), time.NewTicker(time.Second)

	go func() {
		defer close(ended)

		control.New(s.js).Announce(ctx, ticks.C, func() control.Presence { return presence }, slog.New(slog.DiscardHandler))
	}()

	s.t.Cleanup(func() {
		ticks.Stop()
		cancel()
		<-ended
	})
}

func (s *site) publish(subject string, body []byte) {
	_, err := s.js.Publish(s.t.Context(), subject, body)
	require.NoError(s.t, err)
}

// jobs come to all kinds of ends.
func (s *site) jobs() {
	var all sync.WaitGroup

	for i := range 120 {
		id, program := fmt.Sprintf("cards-2026-11.%d", 4000+i), []string{"gold", "silver"}[i%2]
		job := s.job(id, program, "cards-2026-11", sandbox.PAN(0, i))

		verdict, status, failure := "enrolled", store.StatusEnrolled, store.Failure{}

		switch {
		case i%5 == 1:
			verdict, status = "rejected", store.StatusRejected
			failure = store.Failure{Source: "service", Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED", Message: "The issuer has declined " + s.odd}
		case i%11 == 2:
			verdict, status = "rejected", store.StatusRejected
			failure = store.Failure{Source: "service", Reason: "INVALID_STATE", Detail: "PAN_INELIGIBLE", Field: "Card", Message: "The PAN is ineligible"}
		case i%13 == 3:
			verdict, status = "unknown", store.StatusInDoubt
			failure = store.Failure{Source: "network", Reason: "TIMEOUT", Message: "no answer within 20s"}
		}

		all.Go(func() { s.settle(job, verdict, status, failure) })
	}

	all.Wait()
	s.settle(s.job("one.card", "gold", "", card), "enrolled", store.StatusEnrolled, store.Failure{})

	retried := s.job("retried", "gold", "", sandbox.PAN(0, 500))
	s.settle(retried, "retry", store.StatusRetrying, store.Failure{Source: "service", Reason: "UNAVAILABLE", Message: "upstream " + s.odd})
	s.settle(retried, "rejected", store.StatusRejected, store.Failure{Source: "service", Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED"})
	s.announced("retried")
}

// announced publishes the event of a job's end.
func (s *site) announced(id string) {
	outcome, _, err := s.ledger.Outcome(s.t.Context(), id)
	require.NoError(s.t, err)
	require.NoError(s.t, announce.Outcome(s.t.Context(), s.js, outcome, nil, persist.Options{}))
}

func (s *site) files() {
	now := time.Now()

	for i, b := range []store.Batch{
		{ID: "cards-2026-11", Program: "gold", Source: "november.csv.gz", RowsRead: 160, RowsRejected: 7, RowsPublished: 153, CompletedAt: now},
		{ID: "platinum-reissue", Program: "platinum", Source: "reissue " + s.odd + ".csv", RowsRead: 1_000_000, RowsRejected: 1204, RowsPublished: 640_000},
		{ID: "silver-2026-10", Program: "silver", Source: "october.jsonl", RowsRead: 48_210, RowsRejected: 0, RowsPublished: 48_210, CompletedAt: now},
	} {
		b.StartedAt = now.Add(-time.Duration(i*7+1) * time.Hour)
		require.NoError(s.t, s.ledger.SaveBatch(s.t.Context(), b))
	}

	var rejects []store.Reject
	for i, fault := range []store.Fault{
		{Field: "exp_year", Code: "EXPIRED_CARD", Reason: "is in the past: the card has expired"},
		{Field: "pan", Code: "INVALID_PAN", Reason: "fails the Luhn check: a digit is wrong or missing"},
		{Field: "email", Code: "INVALID_FIELD", Reason: "is missing: it must be an e-mail address " + s.odd},
	} {
		rejects = append(rejects, store.Reject{Row: int64(i*37 + 12), Line: int64(i*37 + 13), Faults: []store.Fault{fault}})
	}

	require.NoError(s.t, s.ledger.SaveRejects(s.t.Context(), "cards-2026-11", rejects))
}

// deadLetters are jobs that were given up, with their letters.
func (s *site) deadLetters(n int) {
	sealer, err := jobs.NewSealer(parts.IntakeKey(s.t).Public(), nil)
	require.NoError(s.t, err)

	for i := range n {
		id := fmt.Sprintf("dead-%d", i)
		failure := store.Failure{Source: "service", Reason: "UNAVAILABLE", Detail: []string{"UPSTREAM", "GATEWAY"}[i%2]}
		s.settle(s.job(id, "gold", "", sandbox.PAN(0, 600+i)), "retry", store.StatusDead, failure)

		sealed, err := sealer.Seal(jobs.Job{Schema: jobs.SchemaVersion, ID: id, Program: "gold"}, parts.Payload(sandbox.PAN(0, 600+i)))
		require.NoError(s.t, err)

		body, err := json.Marshal(jobs.DeadLetter{
			Schema: jobs.SchemaVersion, Status: "dead", Error: jobs.Failure{Reason: failure.Reason, Detail: failure.Detail}, Job: sealed,
		})
		require.NoError(s.t, err)
		s.publish(jobs.DeadSubject("gold", id), body)
	}
}

// history is what operators did before.
func (s *site) history() {
	for _, one := range []struct {
		who, host string
		act       acts.Act
		result    acts.Result
	}{
		{"ana", "10.20.0.7 (console)", acts.Act{Name: acts.Pause, Program: "platinum", Why: "the issuer's host is in maintenance until 23:30"}, acts.Result{}},
		{"root", "ops-2", acts.Act{Name: acts.Redrive, Program: "gold", Scope: "dead letters dead UPSTREAM", Why: "the API is back"}, acts.Result{Counts: map[string]int64{"selected": 812, "redriven": 812}}},
		{"bob", "10.20.0.9 (console)", acts.Act{Name: acts.Cancel, Scope: "batch b7", Why: "wrong file " + s.odd}, acts.Result{Text: "refused: the user has no right to act", Refused: true}},
	} {
		book := acts.Book{Actor: acts.Actor{Who: one.who, Host: one.host}, Ledger: s.ledger}
		require.NoError(s.t, book.Do(s.t.Context(), one.act, func(context.Context) (acts.Result, error) { return one.result, nil }))
	}
}
