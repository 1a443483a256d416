package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/pkg/store"
)

func TestCodesTellWhatToDo(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.rejected("one")
	r.rejected("two")
	r.finish(r.begin("three"), "retry", store.StatusDead, store.Failure{Reason: "UNAVAILABLE"})

	b := r.as("bob")
	page := b.page("/codes")
	require.Contains(t, page, "INVALID_STATE / ISSUER_DECLINED")
	require.Contains(t, page, "bring them back: Dead letters.")
	require.NotContains(t, page, "ask Mastercard, giving it and the correlation id", "the verdict table knows the code")
	require.Equal(t, 2, strings.Count(b.page(hrefOf(t, page, "INVALID_STATE / ISSUER_DECLINED")), `<th scope="row"`))

	require.Equal(t, 2, strings.Count(b.page("/codes?since=1h&program=demo"), `<th scope="row"`))
	require.Contains(t, b.page("/codes?program=gold"), "None.")
	require.Contains(t, b.page("/codes?since=soon"), "Since is no time")
	require.Contains(t, b.page("/codes?program=A+B"), "The program must be")
}

func TestOfVeryManyCodesTheMostFrequentAreShown(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	_, err := r.sql.Exec(t.Context(), `INSERT INTO program_counts (program, status, reason, detail, shard, count, first_at, last_at)
		SELECT 'demo', 'dead', 'CODE_' || n, '', 0, n, now(), now() FROM generate_series(1, 100000) n`)
	require.NoError(t, err)

	b := r.as("bob")

	for _, path := range []string{"/codes", "/letters"} {
		page := b.page(path)
		require.Contains(t, page, "There are more codes.")
		require.Contains(t, page, "CODE_100000")
		require.Less(t, len(page), 120_000)
	}
}

func TestActsAreListedPageByPage(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")
	require.Contains(t, b.page("/acts"), "Nobody has acted.")

	for i := range 101 {
		id, err := r.ledger.BeginAct(t.Context(), store.OperatorAct{
			Who: "root", AsName: markup, Host: "h", Act: "pause", Program: program, Scope: fmt.Sprint("scope-", i), Why: markup,
		})
		require.NoError(t, err)
		require.NoError(t, r.ledger.EndAct(t.Context(), id, store.ActEnd{Status: store.ActFailed, Result: markup, Counts: map[string]int64{"left": 7}}))
	}

	page := b.becomes("/acts", "scope-100")
	require.NotContains(t, page, "scope-0<")
	require.Contains(t, page, "left 7.")
	require.Contains(t, page, "failed")
	require.Contains(t, b.page(hrefOf(t, page, "Older")), "scope-0<")
	require.Contains(t, b.page("/acts?program=gold"), "Nobody has acted.")
	require.Contains(t, b.page("/acts?since=x"), "Since is no time")
}

func TestKeysTellWhichWorkersHaveThem(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.serve(func(o *console.Options) {
		o.Open, o.HMACKids = r.opening(), func() []string { return []string{"own-kid"} }
	})

	signing := control.Key{Purpose: "signing", Fingerprint: "abc", NotAfter: time.Now().Add(48 * time.Hour)}
	r.present(control.Presence{Worker: "w1", Keys: []control.Key{signing, {Purpose: "intake", Kid: "new " + markup}}})
	r.present(control.Presence{Worker: "w2", Keys: []control.Key{signing, {Purpose: "hmac", Kid: "old", NotAfter: time.Now().Add(-time.Hour)}}})

	page := r.as("bob").becomes("/keys", "w1, w2")
	for _, want := range []string{"expires in 1 d 23 h", "not at w2", "not at w1", "no expiry", "own-kid", "w1, w2"} {
		require.Contains(t, page, want)
	}
}

func TestTheDoctorsLastReport(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")
	require.Contains(t, b.page("/doctor"), "--doctor-report")

	status, _, _ := b.submit("/doctor")
	require.Equal(t, 404, status, "this console does not look by itself")

	path := filepath.Join(t.TempDir(), "report.json")
	looks := 0

	r.serve(func(o *console.Options) {
		o.Open, o.Report = r.opening(), path
		o.Examine = func(context.Context) doctor.Report {
			looks++
			return doctor.Report{At: time.Now(), Checks: []doctor.Check{{Area: "queue", Name: "clock", Level: doctor.Warning, Found: markup, Do: "Set it."}}}
		}
	})

	b = r.as("bob")
	require.Contains(t, b.page("/doctor"), "The report cannot be read")

	text, err := json.Marshal(doctor.Report{At: time.Now(), Checks: []doctor.Check{{Area: "keys", Name: "expiry", Level: doctor.Failed, Found: "of " + card}}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))

	page := b.act("/doctor")
	for _, want := range []string{"0 ok, 1 warnings, 0 failed", "Set it.", "0 ok, 0 warnings, 1 failed", "expiry"} {
		require.Contains(t, page, want)
	}

	b.act("/doctor")
	require.Equal(t, 1, looks, "it is not looked twice within seconds")
}
