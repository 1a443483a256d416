package bulk_test

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/pkg/pan"
)

// Whatever the file: every record ends as a job or as a reject, and no card number gets out.
func FuzzSubmit(f *testing.F) {
	for _, seed := range []string{
		header + "\n" + row + "\n" + row + ",x\n",
		"\xef\xbb\xbf" + header + ",external_card_id\r\n" + row + `,"a` + "\r\n\r\n" + row + "," + testPAN + "\r\n",
		header + ",address_line1\n" + row + `,"a` + "\n" + `b ""c"""` + "\n5204 7316 0001 4784,1,29,\x00\xff,\n",
		"pan;exp_month;exp_year;email\n" + testPAN + ";12;2029;ana@example.com\n",
		`{"pan":"` + testPAN + `","exp_month":7,"exp_year":"2029","email":"ana@example.com"}` + "\n" + `{"pan":[]}` + "\n{\n",
		`{"pan":"1","card":{"cvv":"123"}}`, testPAN + "\n", header + ",cvc\n", "PK\x03\x04", everyColumn + "\n,,,\n",
	} {
		f.Add(seed)
	}

	office := newIntakeKey(f)
	o := options(f)
	o.BatchSize, o.Sealers = 2, 1

	f.Fuzz(func(t *testing.T, text string) {
		queue := &fakeQueue{}

		summary, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: office.sealer, Queue: queue}, o)
		if err != nil {
			var fault *cardfile.FileError

			require.ErrorAs(t, err, &fault)
			require.False(t, pan.Contains(err.Error()), "a card number in an error")
			require.Empty(t, queue.jobs)

			return
		}

		// The rules of the check refuse what the seal refuses, and nothing less.
		found, err := bulk.Check(t.Context(), source(text), o)
		require.NoError(t, err)
		require.Equal(t, found.Rows, summary.RowsRead)
		require.Equal(t, found.ByCode, summary.ByCode)
		require.Equal(t, summary.RowsRead, summary.Rejected+summary.Published)
		require.Equal(t, summary.RowsRead, summary.SettledRow)
		require.Len(t, queue.jobs, int(summary.Published))

		for _, job := range queue.jobs {
			office.open(t, job)
		}

		if summary.Rejected == 0 {
			require.NoFileExists(t, o.RejectsPath)
			return
		}

		written, err := os.ReadFile(o.RejectsPath)
		require.NoError(t, err)
		require.False(t, pan.Contains(string(written)), "a card number in the rejects file")
		require.Len(t, rejected(t, o.RejectsPath), int(summary.Rejected))
	})
}

// Of a value in any column, the check says what the seal says, whose schema is slower and stricter than it need be.
func FuzzRules(f *testing.F) {
	for i, value := range []string{
		testPAN, "5204731600014780", "7", "00", "29", "2029", "ana@example.com", "a@b", "a@b..c", "ü@ü.ü", strings.Repeat("ä", 256), "a\nb",
		"49", "049", "0", "DE", "UK", "de", "qq", otherPAN, strings.Repeat("1", 75), "\ufffd", "\u2028", "\u0085", "٣",
	} {
		f.Add(uint8(i), value)
	}

	office := newIntakeKey(f)
	o := options(f)
	o.Sealers = 1

	f.Fuzz(func(t *testing.T, column uint8, value string) {
		names := columns.Names()
		cells := make([]string, len(names))
		copy(cells, []string{testPAN, "12", "2029", "ana@example.com"})
		cells[int(column)%len(names)] = value

		if name := names[int(column)%len(names)]; name == "phone_number" {
			cells[int(column)%len(names)-1] = "49"
		} else if name == "phone_country" {
			cells[int(column)%len(names)+1] = "15112345678"
		}

		var text strings.Builder

		w := csv.NewWriter(&text)
		require.NoError(t, w.WriteAll([][]string{names, cells}))

		found, err := bulk.Check(t.Context(), source(text.String()), o)
		require.NoError(t, err)

		summary, err := bulk.Submit(t.Context(), source(text.String()), bulk.Destination{Sealer: office.sealer, Queue: &fakeQueue{}}, o)
		require.NoError(t, err)
		require.Equal(t, found.ByCode, summary.ByCode, "%s %q", names[int(column)%len(names)], value)
		require.Equal(t, found.Rejected, summary.Rejected)
	})
}
