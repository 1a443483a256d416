package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

// A person reads both outputs on one screen: what is wrong with the rows, where their rejects are, and that nothing was sent, stands
// there once.
func TestReasonsOfRejectsArePrintedOnce(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")

	defer func() { require.NoError(t, worker.Process.Kill()) }()

	cards := cardsFile(t, "pan,exp_month,exp_year,email\n"+
		sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"+sandbox.PAN(0, 2)+",13,2099,ana@example.com\n")

	for name, c := range map[string]struct {
		args []string
		code int
		once []string
	}{
		"a dry run": {[]string{"--dry-run"}, 3, []string{"Nothing was sent"}},
		"refused":   {[]string{"--program", "demo", "--batch", "b1", "--max-rejects", "10"}, 1, []string{"nothing was sent"}},
		"sent":      {[]string{"--program", "demo", "--batch", "b2", "--again"}, 3, []string{"2 rows: 1 sent"}},
		"sent, for programs": {
			[]string{"--program", "demo", "--batch", "b3", "--again", "--json", "--log-level", "error"}, 3, []string{"2 rows: 1 sent"},
		},
	} {
		code, said := run(t, s.env, "submit", append([]string{cards}, c.args...)...) // one by one: the rejects of all lie beside the file
		require.Equal(t, c.code, code, "%s: %s", name, said)

		text, _, _ := strings.Cut(said, "[\n") // the JSON is another output, for a program
		for _, once := range append(c.once, "INVALID_FIELD exp_month: must be a month", cards+".rejects.csv", "1 good, 1 rejected\n") {
			require.Equal(t, 1, strings.Count(text, once), "%s: %q in:\n%s", name, once, said)
		}
	}
}
