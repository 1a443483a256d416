package bulk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
)

// What spreadsheets and exports put around values is no part of them.
func TestCellsAsSpreadsheetsWriteThem(t *testing.T) {
	t.Parallel()

	const columns = header + ",phone_country,phone_number,first_name\n"

	for name, line := range map[string]string{
		"an apostrophe before digits": "'" + testPAN + ",'12,'2029,ana@example.com,'49,'15112345678,Ana",
		"formulas that are texts":     `="` + testPAN + `",="12",=("2029"),ana@example.com,="49",=("15112345678"),Ana`,
		"quoted formulas":             `"=""` + testPAN + `""",12,2029,ana@example.com,49,"=(""15112345678"")",Ana`,
		"blanks beside quotes":        `"` + testPAN + `" , "12", "2029" ,  "ana@example.com", "49","15112345678", "Ana" `,
		"marks that are not seen":     "\u200e" + testPAN + ",12,2029,\ufeffana@example.com\u200b,49,15112345678\u00ad,\u2060Ana\u200d",
	} {
		_, payloads, _ := submit(t, columns+line+"\n", options(t))
		require.Contains(t, payloads, "june.1", name)

		p := payloads["june.1"]
		require.Equal(t, testPAN, p.Card.PrimaryAccountNumber.Reveal(), name)
		require.Equal(t, "ana@example.com", p.Consumer.EmailAddress, name)
		require.Equal(t, "15112345678", p.Consumer.MobileNumber.PhoneNumber, name)
		require.Equal(t, "Ana", p.Consumer.FirstName, name)
	}
}

// A name may have an apostrophe of its own, and joiners where its script is written with them.
func TestNamesKeepWhatIsTheirs(t *testing.T) {
	t.Parallel()

	for _, first := range []string{"'t", "O'Neill", "علی\u200cرضا", "=Ana", "'=Ana"} {
		_, payloads, _ := submit(t, header+",first_name\n"+row+","+first+"\n", options(t))
		require.Equal(t, first, payloads["june.1"].Consumer.FirstName)
	}
}

func TestRowsThatAreNoRows(t *testing.T) {
	t.Parallel()

	text := header + ",first_name\n,,,,\n" + row + ",Ana\n , ,,,\n\"\",\"\",,,\n   \n\t\n\u00a0\n\u200b,\ufeff,,,\n\" \", \"\u00a0\",,,\n\x1a\n" + strings.ToUpper(header) + ",first_name\n" + strings.Repeat(",,,,\n", 50)
	summary, _, sent := submit(t, text, options(t))

	require.Len(t, sent, 1)
	require.EqualValues(t, 2, summary.RowsRead)
	require.Equal(t, map[string]int64{"REPEATED_HEADER": 1}, summary.ByCode)
}

// Columns without a name at the end are those of programs that end each line with a delimiter.
func TestColumnsAtTheEndThatHaveNoName(t *testing.T) {
	t.Parallel()

	o := options(t)
	summary, _, sent := submit(t, header+",,\n"+row+",,\n"+row+",x,\n", o)
	require.Len(t, sent, 1)
	require.Equal(t, map[string]int64{"FIELD_COUNT": 1}, summary.ByCode)

	written := read(t, o.RejectsPath)
	require.Contains(t, written, "has a value in column 5, which has no name")
	require.True(t, strings.HasPrefix(written, header+",,,reject_line"), written)

	again := options(t)
	again.Batch = "july"
	_, _, sent = submit(t, strings.NewReplacer(",x,", ",,", "520473******4784", testPAN).Replace(written), again)
	require.Len(t, sent, 1, "the corrected row")
}

// What tells why a row has another number of values than the header.
func TestRowsWithAnotherNumberOfValues(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ line, code, reason string }{
		"an unquoted comma":                       {row + ",", "FIELD_COUNT", "put quotes around values with delimiters"},
		"a count at the end":                      {"Total,1", "FIELD_COUNT", "or is no row, as a line at the end with a count: see --trailer"},
		"zeros at the end":                        {strings.Repeat("\x00", 100), "FIELD_COUNT", "has zero bytes in it"},
		"a number that a spreadsheet has rounded": {"5,20473E+15,12,2029,ana@example.com", "FIELD_COUNT", "the number was destroyed by the spreadsheet"},
		"line ends of another kind":               {row + "\r" + row, "FIELD_COUNT", "has a carriage return in it that ends no line here"},
		"another header":                          {"pan,email,first_name", "REPEATED_HEADER", "is another header, of other columns"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found, err := bulk.Check(t.Context(), source(header+"\n"+row+"\n"+c.line+"\n"), options(t))
			require.NoError(t, err)
			require.Equal(t, map[string]int64{c.code: 1}, found.ByCode)
			require.Contains(t, found.Reasons[0].Text, c.reason)
		})
	}
}

// A rejects file is corrected and sent again: what guards its cells against spreadsheets is taken off, and nothing else.
func TestRejectsAreGuardedAgainstSpreadsheetsAndComeBackAsTheyWere(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		delimiter string
		cells     [4]string // first name, last name, own key, street
		guarded   [4]string
	}{
		"cells that begin as formulas": {
			",", [4]string{"=cmd|'/C calc'!A0", "+49 151", "@SUM(A1)", "'-own"},
			[4]string{"'=cmd|'/C calc'!A0", "'+49 151", "'@SUM(A1)", "''-own"},
		},
		"formulas behind a delimiter that is not the file's": {
			",", [4]string{"x;=cmd", "x|@cmd", "x; -1", "'x;'=1"}, [4]string{"x;'=cmd", "x|'@cmd", "x;' -1", "'x;''=1"},
		},
		"formulas behind the file's delimiter": {
			";", [4]string{"x;=cmd", "=1;=2", "x, =cmd", ";=1"}, [4]string{"x;'=cmd", "'=1;'=2", "x,' =cmd", ";'=1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			bad := header + ",first_name,last_name,external_consumer_id,address_line1\n" + strings.Replace(row, "12", "13", 1)
			text := strings.ReplaceAll(bad, ",", c.delimiter) + c.delimiter + "\"" + strings.Join(c.cells[:], "\""+c.delimiter+"\"") + "\"\n"

			o := options(t)
			summary, _, _ := submit(t, text, o)
			written := rejected(t, summary.RejectsPath)[0]
			have := [4]string{written["first_name"], written["last_name"], written["external_consumer_id"], written["address_line1"]}
			require.Equal(t, c.guarded, have)

			number, _, _ := strings.Cut(row, ",")
			corrected := strings.NewReplacer(c.delimiter+"13"+c.delimiter, c.delimiter+"12"+c.delimiter, number[:6]+"******"+number[12:], number).
				Replace(read(t, summary.RejectsPath))

			again := options(t)
			again.Batch = "july"
			_, payloads, sent := submit(t, corrected, again)
			p := payloads["july.1"]
			back := [4]string{p.Consumer.FirstName, p.Consumer.LastName, sent["july.1"].ExternalConsumerID, p.Card.BillingAddress.Line1}
			require.Equal(t, c.cells, back)
		})
	}
}
