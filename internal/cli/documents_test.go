package cli_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/pkg/mastercard"
)

// update writes the tables in the documents anew: go test ./internal/cli -run Documents -update
//
//nolint:gochecknoglobals // a flag of the test binary
var update = flag.Bool("update", false, "write the tables in the documents anew")

// The verdicts in the documents are those of the program.
func TestDocumentsListTheVerdicts(t *testing.T) {
	t.Parallel()

	verdicts, err := mastercard.Verdicts()
	require.NoError(t, err)

	var b strings.Builder

	b.WriteString("| when | verdict | about the card | basis | what to do |\n| --- | --- | --- | --- | --- |\n")

	columns := mastercard.VerdictColumns()
	for _, row := range verdicts.Rows() {
		var when []string

		for i, cell := range row.Record()[:8] {
			if cell != "" {
				when = append(when, fmt.Sprintf("%s `%s`", columns[i], strings.ReplaceAll(cell, "|", "`/`")))
			}
		}

		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n",
			strings.Join(when, ", "), row.Verdict, row.AboutCard, row.Basis, row.Advice)
	}

	requireWritten(t, "../../docs/verdicts.md", "verdicts", b.String())
}

// The metrics in the documents are those that a worker exposes; that these are the catalog's is tested with the catalog.
func TestDocumentsListTheMetrics(t *testing.T) {
	t.Parallel()

	var b strings.Builder

	b.WriteString("| metric | kind | labels | meaning | alert when |\n| --- | --- | --- | --- | --- |\n")

	for _, metric := range health.Catalog() {
		labels := ""
		if len(metric.Labels) > 0 {
			labels = "`" + strings.Join(metric.Labels, "`, `") + "`"
		}

		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", metric.Name, metric.Kind, labels, metric.Help, metric.Alert)
	}

	requireWritten(t, "../../docs/metrics.md", "metrics", b.String())
}

// requireWritten requires that a document holds a text between its marks, or with -update writes it there.
func requireWritten(t *testing.T, path, name, want string) {
	t.Helper()

	begin := fmt.Sprintf("<!-- %s: written by go test ./internal/cli -run Documents -update -->\n", name)
	end := fmt.Sprintf("<!-- end of %s -->\n", name)

	text, err := os.ReadFile(path)
	require.NoError(t, err)

	before, rest, found := strings.Cut(string(text), begin)
	require.True(t, found)
	have, after, found := strings.Cut(rest, end)
	require.True(t, found)

	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+begin+want+end+after), 0o600))
		return
	}

	require.Equal(t, want, have, "run: go test ./internal/cli -run Documents -update")
}
