package bulk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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

	text := header + ",first_name\n,,,,\n" + row + ",Ana\n , ,,,\n\"\",\"\",,,\n" + strings.ToUpper(header) + ",first_name\n" + strings.Repeat(",,,,\n", 50)
	summary, _, sent := submit(t, text, options(t))

	require.Len(t, sent, 1)
	require.EqualValues(t, 2, summary.RowsRead)
	require.Equal(t, map[string]int64{"REPEATED_HEADER": 1}, summary.ByCode)
}

// A rejects file is corrected and sent again: what guards its cells against spreadsheets is taken off, and nothing else.
func TestRejectsAreGuardedAgainstSpreadsheetsAndComeBackAsTheyWere(t *testing.T) {
	t.Parallel()

	const columns = header + ",first_name,last_name,external_consumer_id,address_line1"

	cells := []string{"=cmd|'/C calc'!A0", "+49 151", "@SUM(A1)", "'-own"}
	o := options(t)
	summary, _, _ := submit(t, columns+"\n"+strings.Replace(row, "12", "13", 1)+",\""+strings.Join(cells, "\",\"")+"\"\n", o)

	written := read(t, summary.RejectsPath)
	for _, cell := range cells {
		require.Contains(t, written, ",'"+cell)
	}

	number, _, _ := strings.Cut(row, ",")
	corrected := strings.Replace(strings.Replace(written, ",13,", ",12,", 1), number[:6]+"******"+number[12:], number, 1)

	again := options(t)
	again.Batch = "july"
	_, payloads, sent := submit(t, corrected, again)
	p := payloads["july.1"]
	back := []string{p.Consumer.FirstName, p.Consumer.LastName, sent["july.1"].ExternalConsumerID, p.Card.BillingAddress.Line1}
	require.Equal(t, cells, back)
}
