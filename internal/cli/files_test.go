package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/pkg/jobs"
)

// The page about files knows every column, conversion and code, and its example of a mapping is one.
func TestDocumentsSayWhatFilesCanHave(t *testing.T) {
	t.Parallel()

	page, err := os.ReadFile("../../docs/files.md")
	require.NoError(t, err)

	text := string(page)

	for _, name := range columns.Names() {
		require.Contains(t, text, "`"+name+"`")
	}

	for _, c := range convert.Conversions() {
		require.Contains(t, text, "| `"+c.Name+"` |")
	}

	for _, code := range []string{
		columns.CodeTooLong, columns.CodeBrokenQuotes, columns.CodeFieldCount, columns.CodeTooDeep, columns.CodeNotUTF8, columns.CodeLostCharacter,
		columns.CodeControlCharacter, columns.CodeDuplicate, check.WarnOtherNetwork, check.WarnCallingCode, check.WarnUnended,
		string(jobs.ReasonInvalidField), string(jobs.ReasonInvalidPAN), string(jobs.ReasonExpiredCard), string(jobs.ReasonClearCard), string(jobs.ReasonNotJSON),
	} {
		require.Contains(t, text, "`"+code+"`")
	}

	_, rest, found := strings.Cut(text, "```json\n")
	require.True(t, found)
	example, _, found := strings.Cut(rest, "```")
	require.True(t, found)

	m, err := mapping.Parse([]byte(example), columns.Names())
	require.NoError(t, err)
	require.Len(t, m.Columns, 6)
}
