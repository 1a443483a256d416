package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
)

// A file of one byte a character can be read in many encodings: a person has to see which words came of it.
func TestThePersonSeesHowTheEncodingWasRead(t *testing.T) {
	t.Parallel()

	const rows = "pan,exp_month,exp_year,email,last_name,city\n5204731600014784,12,2099,ana@example.com,Groß,Köln\n"

	bytes, err := charmap.CodePage850.NewEncoder().String(rows)
	require.NoError(t, err)

	file := filepath.Join(t.TempDir(), "cards.csv")
	require.NoError(t, os.WriteFile(file, []byte(bytes), 0o600))

	code, out := run(t, nil, "submit", "inspect", file)
	require.Zero(t, code, out)
	require.Contains(t, out, "Some words are not UTF-8. In other encodings they are:\n")
	require.Contains(t, out, "  --encoding cp850         Groß, Köln\n")
	require.NotContains(t, out, "  --encoding latin1 ", "it makes no letters of them")

	code, out = run(t, nil, "submit", "inspect", file, "--encoding", "cp850")
	require.Zero(t, code, out)
	require.Contains(t, out, "Read as cp850, such as: Groß, Köln\n")

	code, out = run(t, nil, "submit", file, "--dry-run", "--encoding", "latin1")
	require.Zero(t, code, out)
	require.Contains(t, out, "Note: the file was read as latin1 (Windows-1252), such as Groá, K”ln; if these words are wrong, it has another --encoding.")

	code, out = run(t, nil, "submit", file, "--dry-run")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "name its --encoding, which submit inspect FILE helps to find")

	// The words of the header as well.
	require.NoError(t, os.WriteFile(file, []byte("pan,exp_month,exp_year,email,stra\x8ee\n"), 0o600))

	code, out = run(t, nil, "submit", "inspect", file)
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "the header is not UTF-8; save the file as CSV UTF-8, or name its --encoding, by what its words would be (latin1: straŽe; ")
}
