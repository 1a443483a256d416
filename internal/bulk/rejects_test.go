package bulk_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/pan"
)

// rejected reads a rejects file: one map from column to value for each row.
func rejected(t *testing.T, path string) []map[string]string {
	t.Helper()

	text := strings.TrimPrefix(read(t, path), "\ufeff")
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = rune(text[strings.Index(text, "reject_line")+len("reject_line")])

	rows, err := r.ReadAll()
	require.NoError(t, err)

	var found []map[string]string

	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}

		found = append(found, cells)
	}

	return found
}

func TestRejectsKeepTheRowButNoCardNumber(t *testing.T) {
	t.Parallel()

	summary, _, _ := submit(t, strings.Join([]string{
		"external_card_id," + header + ",address_line1",
		"k-1," + testPAN + `,13,2029,ana@example.com,"1 Test St, ""left"""`,
		"k-2,5204731600014780,12,2029,ana@example.com,",
		"k-3,5204 7316 0001 4784,12,2029,ana@example.com,",
		"k-4," + testPAN + ",12,2029,ana," + otherPAN,
		"k-5,520473160001478é,12,2029,ana@example.com,",
		"k-6,123456789,12,2029,ana@example.com,",
		otherPAN + "," + testPAN + ",12,2029,ana@example.com,",
		testPAN + ",k-8,12,2029,ana@example.com,,", // a comma too many: which cell is the number?
	}, "\n"), options(t))

	require.EqualValues(t, 8, summary.Rejected)

	const rule = "must be 16 to 20 digits without blanks or hyphens"

	text := read(t, summary.RejectsPath)
	require.Equal(t, strings.Join([]string{
		"external_card_id,pan,exp_month,exp_year,email,address_line1,reject_line,reject_column,reject_code,reject_reason",
		`k-1,520473******4784,13,2029,ana@example.com,"1 Test St, ""left""",2,exp_month,INVALID_FIELD,must be a month from 1 to 12`,
		"k-2,520473******4780,12,2029,ana@example.com,,3,pan,INVALID_PAN,fails the Luhn check: a digit is wrong or missing",
		"k-3,**** **** **** ****,12,2029,ana@example.com,,4,pan,INVALID_FIELD," + rule,
		"k-4,520473******4784,12,2029,ana,************8785,5,email,INVALID_FIELD,must be an e-mail address of at most 255 characters",
		"k-5,***************é,12,2029,ana@example.com,,6,pan,INVALID_FIELD," + rule,
		"k-6,*********,12,2029,ana@example.com,,7,pan,INVALID_FIELD," + rule,
		"************8785,520473******4784,12,2029,ana@example.com,,8,external_card_id,CARD_IN_CLEAR,holds a card number in clear; only the column of card numbers may",
		`,,,,,,9,,FIELD_COUNT,"the row has 7 fields, the header has 6; put quotes around values with delimiters"`,
		"",
	}, "\n"), text)
	require.False(t, pan.Contains(text))

	info, err := os.Stat(summary.RejectsPath)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
}

func TestRejectsCanBeCorrectedAndSubmitted(t *testing.T) {
	t.Parallel()

	first, _, _ := submit(t, header+"\n"+strings.Replace(row, "12", "13", 1)+"\n", options(t))
	corrected := strings.NewReplacer(",13,", ",12,", "520473******4784", testPAN).Replace(read(t, first.RejectsPath))

	o := options(t)
	o.Batch = "june-corrected"
	second, payloads, _ := submit(t, corrected, o)

	require.EqualValues(t, 1, second.Published)
	require.Empty(t, second.RejectsPath)
	require.Equal(t, "12", payloads["june-corrected.1"].Card.PanExpirationMonth)
}

func TestWhatIsAtTheRejectsPath(t *testing.T) {
	t.Parallel()

	good, bad := header+"\n"+row, header+"\n"+strings.Replace(row, "12", "13", 1)
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}

	t.Run("an earlier rejects file is replaced, and goes when there are no rejects any more", func(t *testing.T) {
		t.Parallel()

		o := options(t)

		for _, text := range []string{bad + "\n" + row + ",x", bad} {
			_, err := bulk.Submit(t.Context(), source(text), to, o)
			require.NoError(t, err)
		}

		require.Len(t, rejected(t, o.RejectsPath), 1)

		_, err := bulk.Submit(t.Context(), source(good), to, o)
		require.NoError(t, err)
		require.NoFileExists(t, o.RejectsPath)

		left, err := os.ReadDir(filepath.Dir(o.RejectsPath))
		require.NoError(t, err)
		require.Empty(t, left, "no temporary file either")
	})

	t.Run("another file is left alone", func(t *testing.T) {
		t.Parallel()

		o, queue := options(t), &fakeQueue{}
		require.NoError(t, os.WriteFile(o.RejectsPath, []byte("my novel\n"), 0o600))

		_, err := bulk.Submit(t.Context(), source(good), bulk.Destination{Sealer: to.Sealer, Queue: queue}, o)
		require.ErrorContains(t, err, "is there and is no rejects file: move it away")
		require.Equal(t, "my novel\n", read(t, o.RejectsPath))
		require.Empty(t, queue.jobs)
	})

	t.Run("the file to be submitted is left alone", func(t *testing.T) {
		t.Parallel()

		o := options(t)
		o.RejectsPath = write(t, header+",reject_line,reject_column,reject_code,reject_reason\n"+row+",,,,\n")

		_, err := submitFile(t.Context(), o.RejectsPath, to, o)
		require.ErrorContains(t, err, "is the file to be submitted")
	})

	t.Run("it is beside the file unless another is named", func(t *testing.T) {
		t.Parallel()

		o := options(t)
		o.RejectsPath = ""
		path := write(t, bad)

		summary, err := submitFile(t.Context(), path, to, o)
		require.NoError(t, err)
		require.Equal(t, path+".rejects.csv", summary.RejectsPath)
		require.FileExists(t, summary.RejectsPath)
	})

	t.Run("a directory that is not there stops the run", func(t *testing.T) {
		t.Parallel()

		o := options(t)
		o.RejectsPath = filepath.Join(t.TempDir(), "none", "rejects.csv")

		summary, err := bulk.Submit(t.Context(), source(bad), to, o)
		require.ErrorContains(t, err, "creating the rejects file")
		require.Zero(t, summary.SettledRow)
	})

	t.Run("a directory that goes away is an error at the end", func(t *testing.T) {
		t.Parallel()

		o := options(t)
		o.OnProgress = func(bulk.Progress) { require.NoError(t, os.RemoveAll(filepath.Dir(o.RejectsPath))) }

		summary, err := bulk.Submit(t.Context(), source(bad), to, o)
		require.ErrorContains(t, err, "writing the rejects file")
		require.Empty(t, summary.RejectsPath)
	})
}
