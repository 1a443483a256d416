package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// preparedSystem is a system whose streams are there, without a worker.
func preparedSystem(t *testing.T) (*system, *control.Bucket) {
	t.Helper()

	s := newSystem(t)
	js := connected(t, strings.TrimPrefix(s.env[0], "ENROLL_NATS_URL="))
	_, err := jobs.Ensure(t.Context(), js, jobs.Topology{Programs: []string{"demo"}})
	require.NoError(t, err)

	return s, control.New(js)
}

// What operators do is kept, also when it is refused, and listed on any terminal.
func TestActsOfOperators(t *testing.T) {
	t.Parallel()

	s, _ := preparedSystem(t)

	s.submit("pause", "demo", "--why", "card "+sandbox.PAN(0, 1), "--by", "ana")
	s.submit("resume", "demo", "--why", "mended")
	s.fails("nothing was paused by that name", "resume", "demo")
	s.fails("no worker has seen such a job", "resolve", "job-1", "--as", "enrolled", "--note", "looked up")
	s.submit("redrive", "--code", "UNAVAILABLE", "--dry-run")
	s.submit("redrive", "--code", "UNAVAILABLE")
	s.submit("cancel", "no-file", "--unseen", "--why", "a mistake")

	var listed []struct {
		Act    string `json:"act"`
		Status string `json:"status"`
		Scope  string `json:"scope"`
		Why    string `json:"why"`
		Who    string `json:"who"`
		Host   string `json:"host"`
		As     string `json:"as_name"`
	}
	require.NoError(t, json.Unmarshal([]byte(s.submit("acts", "--json", "--since", "1h")), &listed))

	var lines []string
	for _, a := range listed {
		lines = append(lines, strings.Join([]string{a.Act, a.Status, a.Scope, a.Why}, " | "))

		require.NotEmpty(t, a.Who)
		require.NotEmpty(t, a.Host)
	}

	require.Equal(t, []string{
		"cancel | done | batch no-file | a mistake",
		"redrive | done | status dead,invalid, code UNAVAILABLE | ",
		"resolve | refused | job job-1 as enrolled | looked up",
		"resume | refused | demo | ",
		"resume | done | demo | mended",
		"pause | done | demo | card " + pan.MaskText(sandbox.PAN(0, 1)),
	}, lines)
	require.Equal(t, "ana", listed[5].As)

	require.NoError(t, json.Unmarshal([]byte(s.submit("acts", "--json", "--program", "demo", "--limit", "1")), &listed))
	require.Len(t, listed, 1)
	require.Equal(t, "resume", listed[0].Act)
	require.Equal(t, "no acts\n", s.submit("acts", "--since", "2999-01-01"))

	for _, columns := range []string{"80", "44", "200"} {
		code, out := run(t, append(s.env, "COLUMNS="+columns), "submit", "acts")
		require.Zero(t, code, out)
		require.Contains(t, strings.Join(strings.Fields(out), " "), "why: a mistake")
		require.NotContains(t, out, sandbox.PAN(0, 1))

		for line := range strings.Lines(out) {
			if columns == "80" {
				require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSpace(line)), 80, line)
			}
		}
	}
}

// A pause must be possible while the database is away.
func TestPauseWithoutADatabase(t *testing.T) {
	t.Parallel()

	s, bucket := preparedSystem(t)

	for _, url := range []string{"", "postgres://enroll@127.0.0.1:1/enroll"} {
		code, out := run(t, append(s.env, "operator|ENROLL_DATABASE_URL="+url, "ENROLL_DATABASE_URL="+url), "submit", "pause", "demo")
		require.Zero(t, code, out)
		require.Contains(t, out, "demo paused")
		require.Contains(t, out, "warning: this act is not fully recorded")

		pauses, err := bucket.Pauses(t.Context())
		require.NoError(t, err)
		require.Len(t, pauses, 1)

		_, err = bucket.Resume(t.Context(), "demo")
		require.NoError(t, err)
	}
}

func TestWrongUsageOfActs(t *testing.T) {
	t.Parallel()

	database := "--database-url=" + stacktest.Database(t)

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no time":        {[]string{"--since", "yesterday"}, `no date such as`},
		"an age below 0": {[]string{"--since=-1h"}, `no date such as`},
		"too many":       {[]string{"--limit", "1000000"}, "--limit: 1000000 must be 1 to 10000"},
		"no program":     {[]string{"--program", "A b"}, "must be 1 to 32"},
	} {
		code, out := run(t, nil, "submit", append([]string{"acts", database}, c.args...)...)
		require.Equal(t, 2, code, "%s: %s", name, out)
		require.Contains(t, out, c.says, name)
	}
}
