package bulk_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
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

	office := newOffice(f)
	o := options(f)
	o.BatchSize, o.Sealers = 2, 1

	f.Fuzz(func(t *testing.T, text string) {
		queue := &tray{}

		summary, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: office.sealer, Queue: queue}, o)
		if err != nil {
			var fault *bulk.FileError

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
