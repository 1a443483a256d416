package cli_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

// programs replaces the programs of the keys by two with one attempt a job; held waits for an operator when no answer comes.
func (s *system) programs() {
	s.t.Helper()

	path := filepath.Join(s.keys, "programs.json")
	was, err := os.ReadFile(path)
	require.NoError(s.t, err)

	type file struct {
		Programs []map[string]any `json:"programs"`
	}

	var made, now file
	require.NoError(s.t, json.Unmarshal(was, &made))

	for name, onUnknown := range map[string]string{"demo": "resend", "held": "hold"} {
		program := maps.Clone(made.Programs[0])
		program["name"], program["on_unknown"], program["max_attempts"] = name, onUnknown, 1
		now.Programs = append(now.Programs, program)
	}

	text, err := json.Marshal(now)
	require.NoError(s.t, err)
	require.NoError(s.t, os.WriteFile(path, text, 0o600))
}

func TestDeadLettersGoBackToWork(t *testing.T) {
	t.Parallel()

	const (
		refusedOnce    = 53
		answerLostOnce = 70
	)

	s := newSystem(t)
	s.programs()
	worker := s.worker("w")

	send := func(batch, program string, scenario, n int) {
		rows := []string{"pan,exp_month,exp_year,email"}
		for i := range n {
			rows = append(rows, sandbox.PAN(scenario, i)+",12,2099,ana@example.com")
		}

		file := filepath.Join(s.dir, batch+".csv")
		require.NoError(t, os.WriteFile(file, []byte(strings.Join(rows, "\n")), 0o600))
		s.submit(file, "--program", program, "--batch", batch)
	}

	send("b1", "demo", refusedOnce, 3)
	s.becomes("3 settled", "b1")
	send("b2", "held", answerLostOnce, 2)
	s.becomes("2 settled", "b2")

	require.Contains(t, s.submit("redrive", "--dry-run"), "3 jobs selected: 3 would be redriven\n       3  dead ")
	require.Contains(t, s.submit("redrive", "--batch", "b2"), "0 jobs selected: 0 redriven")

	// What is not there, or stands elsewhere, is said, and is no success.
	s.fails("job nosuch: no worker has seen it", "redrive", "--job", "nosuch")
	s.fails("job b2.1 is in_doubt, so it may be enrolled already", "redrive", "--job", "b2.1")
	s.fails("--code ISEUSPENDED: no dead letter has it, and it is not known", "redrive", "--code", "ISEUSPENDED")
	require.Contains(t, s.submit("redrive", "--code", "ISSUER_DECLINED"), "none: no dead letter has the code ISSUER_DECLINED; "+
		"there are: CONNECTION_LOST, NO_RESPONSE_FROM_ISSUER, SENT, UNAVAILABLE\n")
	require.Contains(t, s.submit("redrive", "--code", "unavailable", "--dry-run"), "3 jobs selected", "a code in any case")
	s.fails("batch nosuchb: no such batch: no file was submitted by that name", "redrive", "--batch", "nosuchb")
	s.fails("--program: no dead letter is of dmeo; no worker that is running has a program dmeo (is it demo?)",
		"redrive", "--program", "dmeo")
	s.fails("job b1.1 is not of batch b2", "redrive", "--job", "b1.1", "--batch", "b2")
	s.fails("job b1.1 is of program demo, not of held", "redrive", "--job", "b1.1", "--program", "held")

	// Interrupted while it waits for the second job's turn, and run again.
	slow := start(t, s.env, "submit", "redrive", "--program", "demo", "--since", "1h", "--rate", "0.001")
	s.becomes("1  enrolled", "b1")
	require.NoError(t, slow.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, slow.exit(t), slow.out)
	require.Contains(t, slow.out.String(), "3 jobs selected: 1 redriven, 2 left\n")
	require.Contains(t, slow.out.String(), "the same command again does the rest, and nothing twice")

	out := s.submit("redrive", "--program", "demo", "--since", "1h", "--rate", "100")
	require.Contains(t, out, "3 jobs selected: 2 redriven\n")
	require.Contains(t, out, "1  skipped: enrolled")
	s.becomes("3  enrolled", "b1")
	s.fails("job b1.1 is enrolled: nothing to redrive", "redrive", "--job", "b1.1")

	var account redrive.Summary
	_, document, _ := strings.Cut(s.submit("redrive", "--json"), "{") // behind the progress, which goes to the other output
	require.NoError(t, json.Unmarshal([]byte("{"+document), &account))
	require.Equal(t, map[string]int{"enrolled": 3}, account.Skipped)

	require.Equal(t, "b2.1 is enrolled\n", s.submit("resolve", "b2.1", "--as", "enrolled", "--note", "asked the bank"))
	s.submit("resolve", "b2.2", "--as", "resend")
	s.becomes("2 settled", "b2")
	require.NotContains(t, s.becomes("enrolled", "b2"), "in_doubt")

	code, said := run(t, s.env, "submit", "resolve", "b2.1", "--as", "not-enrolled")
	require.Equal(t, 1, code, said)
	require.Contains(t, said, "job b2.1 is not in doubt, it is enrolled")

	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.Zero(t, worker.exit(t), worker.out)
}

func TestWrongUsageOfDeadLetters(t *testing.T) {
	t.Parallel()

	const nowhere = "nats://127.0.0.1:1"

	for name, c := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"redrive without a store":    {[]string{"redrive"}, 2, []string{"--database-url: is missing"}},
		"redrive without a queue":    {[]string{"redrive", "--database-url", stacktest.Database(t), "--nats-url", nowhere}, 1, []string{nowhere}},
		"redrive of a final status":  {[]string{"redrive", "--status", "enrolled"}, 2, []string{"--status", "dead", "in_doubt"}},
		"redrive with wrong filters": {[]string{"redrive", "--batch", "a b", "--program", "A", "--rate=-1"}, 2, []string{"--batch", "--program", "--rate"}},
		"redrive of no age":          {[]string{"redrive", "--since=-1d"}, 2, []string{`--since: "-1d" is no age such as 90m, 24h or 21d`}},
		"redrive at no rate":         {[]string{"redrive", "--rate", "NaN"}, 2, []string{"--rate: NaN must be 0 or more"}},
		"resolve of nothing":         {[]string{"resolve", "--as", "resend"}, 2, []string{"JOB_ID"}},
		"resolve without a word":     {[]string{"resolve", "job"}, 2, []string{"--as"}},
		"resolve with a wrong word":  {[]string{"resolve", "job", "--as", "dead"}, 2, []string{"not-enrolled"}},
		"resolve of no id":           {[]string{"resolve", "a b", "--as", "resend"}, 2, []string{`JOB_ID: "a b"`, "--database-url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, nil, "submit", c.args...)
			require.Equal(t, c.code, code, out)

			for _, text := range c.says {
				require.Contains(t, out, text)
			}
		})
	}
}
