package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
)

// What Mastercard holds of a card is shown beside the job's row, as long as it holds it.
func TestCard(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.worker("w1")
	s.send("b", 2)
	s.settles("b", 2)

	var id, card string

	s.ask(`SELECT job_id, src_digital_card_id FROM enrollments WHERE status = 'enrolled' LIMIT 1`, &id, &card)

	code, out := run(t, s.env, "worker", "card", id)
	require.Zero(t, code, out)
	require.Contains(t, out, "MASTERCARD")
	require.Contains(t, out, "enrolled")
	require.Contains(t, out, "ACTIVE")
	require.Contains(t, out, card)

	code, out = run(t, append(s.env, "COLUMNS=80"), "worker", "card", id)
	require.Zero(t, code, out)
	require.Contains(t, out, "job "+id+"\nstatus: enrolled, at Mastercard ACTIVE\nfirst digits: ")
	require.Contains(t, out, "\ncard id: "+card+", the same at Mastercard\n", "columns do not fit")

	code, out = run(t, s.env, "worker", "card", id, "--json")
	require.Zero(t, code, out)

	var report struct {
		Mastercard struct {
			SrcDigitalCardID string `json:"srcDigitalCardId"`
		} `json:"mastercard"`
		Verdict string `json:"verdict"`
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report), out)
	require.Equal(t, card, report.Mastercard.SrcDigitalCardID)
	require.Equal(t, "enrolled", report.Verdict)

	for _, c := range []struct{ change, job, says string }{
		{"", "no-such-job", "no worker has seen such a job"},
		{"program = 'other'", id, "is of program other, which the programs file does not have"},
		{"program = 'demo', src_digital_card_id = '00000000-0000-4000-8000-000000000000'", id, "no such card at Mastercard"},
		{"src_digital_card_id = NULL", id, "Mastercard has told no id of a card"},
	} {
		if c.change != "" {
			s.ask(`UPDATE enrollments SET `+c.change+` WHERE job_id = '`+id+`' RETURNING job_id`, &id)
		}

		code, out := run(t, s.env, "worker", "card", c.job)
		require.Equal(t, 1, code, "%s: %s", c.change, out)
		require.Contains(t, out, c.says)
	}

	code, out = run(t, nil, "worker", "card", id)
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "asking Mastercard needs the settings of a worker")

	for _, setting := range []string{"--mastercard-url", "--consumer-key-file", "--signing-key-file", "--programs-file", "--database-url"} {
		require.Contains(t, out, setting)
	}
}

func TestSubmitSaysWhoAsksForACard(t *testing.T) {
	t.Chdir(t.TempDir())

	code, said := ran(&cli.Submit{}, "submit", "card", "job-1")
	require.Equal(t, 2, code)
	require.Contains(t, said, "worker card JOB_ID")

	require.NoError(t, os.WriteFile(filepath.Join(".", "card"), []byte("pan\n"), 0o600))

	_, said = ran(&cli.Submit{}, "submit", "card", "job-1")
	require.NotContains(t, said, "worker card", "it is a file")
}
