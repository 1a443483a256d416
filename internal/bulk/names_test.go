package bulk_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/pkg/pan"
)

const (
	// unknownPAN is a number of no brand that is known.
	unknownPAN = "9999123456789019"
	visaOfAKey = "4111111111111111"
)

// What goes with every row, and is kept in clear, may not pass for a card number, nor hold that of a row.
func TestNamesThatHoldACardNumber(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		file, batch, program string
		number               string
		says                 string
	}{
		"a batch like a card":        {batch: visaOfAKey, says: "the batch looks like a card number"},
		"a batch in groups":          {batch: "4111.1111.1111.1111", says: "the batch looks like a card number"},
		"a program like a card":      {program: visaOfAKey, says: "the program looks like a card number"},
		"a file like a card":         {file: "card " + visaOfAKey + ".csv", says: "the name of the file looks like a card number"},
		"a row's number as batch":    {batch: "b-" + unknownPAN, number: unknownPAN, says: "the batch holds the number of the card in this line"},
		"a row's number as program":  {program: unknownPAN, number: unknownPAN, says: "the program holds the number"},
		"a row's number as the file": {file: "９９９９-1234-5678-9019.csv", number: unknownPAN, says: "the file's name holds the number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			number := testPAN
			if c.number != "" {
				number = c.number
			}

			batch, program, file := "b1", "demo", "cards.csv"
			if c.batch != "" {
				batch = c.batch
			}

			if c.program != "" {
				program = c.program
			}

			if c.file != "" {
				file = c.file
			}

			text := "pan,exp_month,exp_year,email\n" + number + ",12,2099,ana@example.com\n"
			source := cardfile.Source{Reader: bytes.NewReader([]byte(text)), Name: filepath.Join(t.TempDir(), file)}

			_, err := bulk.Check(t.Context(), source, bulk.Options{
				Program: program, Batch: batch, Now: time.Now, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"),
			})
			require.ErrorContains(t, err, c.says)
			require.False(t, pan.Unchecked(number).In(err.Error()), err)
			require.False(t, pan.Contains(err.Error()), err)
		})
	}
}

// A key that holds the row's own number costs the row, in whatever form, and the rejects file does not have it either.
func TestAKeyThatHoldsTheRowsOwnNumber(t *testing.T) {
	t.Parallel()

	for name, key := range map[string]string{
		"as it is":          unknownPAN,
		"in groups":         "9999 1234 5678 9019",
		"in another script": "９９９９１２３４５６７８９０１９",
		"in base64":         "OTk5OTEyMzQ1Njc4OTAxOQ==",
		"account number":    "0345678901",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			rejects := filepath.Join(t.TempDir(), "rejects.csv")
			text := "pan,exp_month,exp_year,email,external_card_id\n" + unknownPAN + ",12,2099,ana@example.com," + key + "\n"

			found, err := bulk.Check(t.Context(), cardfile.Source{Reader: strings.NewReader(text), Name: "cards.csv"},
				bulk.Options{Now: time.Now, RejectsPath: rejects})
			require.NoError(t, err)
			require.Equal(t, map[string]int64{"CARD_IN_CLEAR": 1}, found.ByCode)

			written, err := os.ReadFile(rejects)
			require.NoError(t, err)
			require.False(t, pan.Unchecked(unknownPAN).In(string(written)), "%s", written)
			require.False(t, pan.Unchecked(unknownPAN).AccountIn(string(written)), "%s", written)
		})
	}
}

func TestKeysMayBeAllowedToLookLikeCards(t *testing.T) {
	t.Parallel()

	text := "pan,exp_month,exp_year,email,external_card_id\n" + testPAN + ",12,2099,ana@example.com," + visaOfAKey + "\n"

	for name, c := range map[string]struct {
		allowed  []string
		rejected int64
	}{
		"not allowed":     {nil, 1},
		"another allowed": {[]string{"external_consumer_id"}, 1},
		"allowed":         {[]string{"external_card_id"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found, err := bulk.Check(t.Context(), cardfile.Source{Reader: strings.NewReader(text), Name: "cards.csv"}, bulk.Options{
				Now: time.Now, RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"), Input: cardfile.Input{CardLike: c.allowed},
			})
			require.NoError(t, err)
			require.Equal(t, c.rejected, found.Rejected)
		})
	}
}
