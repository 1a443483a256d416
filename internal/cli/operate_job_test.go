package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/inquiry"
)

func TestAJobIsShown(t *testing.T) {
	t.Parallel()

	const declined = 12

	s := newSystem(t)
	worker := s.worker("w1")
	path := s.file("b1", 0, declined)
	code, out := run(t, s.env, "submit", path, "--program", "demo", "--batch", "b1", "--wait")
	require.Equal(t, 3, code, out)

	out = s.submit("job", "b1.2")
	require.Regexp(t, `(?s)^b1\.2: rejected, INVALID_STATE/ISSUER_DECLINED
  program demo
  batch b1
  operation enroll
  card \d{6}\*{6}\d{4}, key-b1
  .*
  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z  published
  \S+ \S+  seen by a worker
  \S+ \S+  attempt 1 at w1: rejected, INVALID_STATE/ISSUER_DECLINED, HTTP \d+, \d+(ms|\.?\d*s)
  \S+ \S+  rejected
  \S+ \S+  its event was published
where: gone: it was acknowledged, as the job has come to its end
what to do: Do not retry\.`, out)

	// Of several jobs, a list comes first.
	out = s.submit("job", "--external-card", "key-b1")
	require.Regexp(t, `(?s)^JOB +OPERATION +FIRST SEEN +CODE +STATUS\n.*\nb1\.\d: .*\nb1\.\d: `, out)

	var all []inquiry.Job

	require.NoError(t, json.Unmarshal([]byte(s.submit("job", "--external-card", "key-b1", "--json")), &all))
	require.Len(t, all, 2)
	require.Equal(t, "w1", all[0].Timeline[0].Worker)
	require.Equal(t, inquiry.Gone, all[0].Where.Kind)
	require.NotEmpty(t, all[0].WhatToDo)

	code, out = run(t, append(s.env, "COLUMNS=44"), "submit", "job", "b1.1")
	require.Zero(t, code, out)

	for line := range strings.Lines(out) {
		if text := strings.TrimRight(line, "\n"); strings.Contains(strings.TrimSpace(text), " ") {
			require.LessOrEqual(t, utf8.RuneCountInString(text), 44, out)
		}
	}

	s.fails("external_consumer_id: no worker has seen such a job", "job", "--external-consumer", "nobody")
	require.Contains(t, s.fails("job b1.3: no worker has seen such a job", "job", "b1.3"), "the queue does not hold it; not among the 0 messages")

	// One that waits for a worker is found in the queue.
	s.submit("pause", "demo")
	worker.says(t, "paused by an operator")
	s.send("b2", 3)
	require.Regexp(t, `where: waiting in the queue for a worker since \S+ \S+; found behind 1 others`, s.submit("job", "b2.2"))

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"nothing":       {nil, "JOB_ID is missing"},
		"two keys":      {[]string{"j", "--external-card", "k"}, "give one of JOB_ID"},
		"a card number": {[]string{"2223000048400011"}, "worker find-card"},
		"a card's key":  {[]string{"--external-card", "2223 0000 4840 0011"}, "worker find-card"},
	} {
		code, out := run(t, s.env, "submit", append([]string{"job"}, c.args...)...)
		require.Equal(t, 2, code, name)
		require.Contains(t, out, c.says)
		require.NotContains(t, out, "4840")
	}

	// Without the queue, the rows are told.
	code, out = run(t, append(s.env, "ENROLL_NATS_URL=nats://"+closedPort, "operator|ENROLL_NATS_URL=nats://"+closedPort), "submit", "job", "b1.1")
	require.Zero(t, code, out)
	require.Contains(t, out, "where the message is cannot be told: ")
	require.Contains(t, out, "where: not known: the queue could not be asked")
	require.Contains(t, out, "b1.1: enrolled\n")
}
