package bulk_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/pkg/pan"
)

func TestAllProblemsOfARowAreReported(t *testing.T) {
	t.Parallel()

	summary, _, _ := submit(t, header+",phone_country,phone_number,country,external_card_id\n"+
		"5204731600014780,13,29,ana,+49,call me,Germany,"+otherPAN+"\n", options(t))

	require.EqualValues(t, 1, summary.Rejected)
	require.Equal(t, map[string]int64{"INVALID_PAN": 1, "INVALID_FIELD": 1, "CARD_IN_CLEAR": 1}, summary.ByCode)

	rejects := rejected(t, summary.RejectsPath)
	require.Len(t, rejects, 1)
	require.Equal(t, "pan; exp_month; exp_year; email; phone_country; phone_number; country; external_card_id", rejects[0]["reject_column"])
	require.Equal(t, "INVALID_PAN; "+strings.Repeat("INVALID_FIELD; ", 6)+"CARD_IN_CLEAR", rejects[0]["reject_code"])

	reasons := strings.Split(rejects[0]["reject_reason"], "; ")
	require.Len(t, reasons, 8, "as many as there are columns, so that a program can take them apart")
	require.Equal(t, "pan fails the Luhn check: a digit is wrong or missing", reasons[0])
	require.Equal(t, "external_card_id holds a card number in clear, only the column of card numbers may", reasons[7])
}

// The rejects of a foreign file have its columns, its delimiter and its names, and go back in with the same flags.
func TestRejectsOfAForeignFileGoBackIn(t *testing.T) {
	t.Parallel()

	const foreign = "Notiz;Karte;Gültig;Mail;Größe\n" +
		"eins;5204 7316 0001 4784;13/29;anaexample.com;ä\n" +
		"zwei;5186 0017 0000 8785;12/29;eva@example.com;ö\n"

	in := cardfile.Input{Encoding: text.Latin1, Mapping: mapped(t, `{"columns": [
		{"from": "Karte", "to": "pan", "as": "digits"}, {"from": "Gültig", "to": ["exp_month", "exp_year"], "as": "MM/YY"}, {"from": "Mail", "to": "email"}
	], "constants": {"language": "de"}, "ignore": ["Notiz", "Größe"]}`)}

	o := options(t)
	o.Input = in

	first, _, _ := submit(t, strings.NewReplacer("ü", "\xfc", "ö", "\xf6", "ß", "\xdf", "ä", "\xe4").Replace(foreign), o)
	require.EqualValues(t, 1, first.Published)

	written := read(t, first.RejectsPath)
	require.Equal(t, "\ufeff"+`Notiz;Karte;Gültig;Mail;Größe;reject_line;reject_column;reject_code;reject_reason
eins;**** **** **** ****;13/29;anaexample.com;ä;2;"Gültig; Mail";"INVALID_FIELD; INVALID_FIELD";`+
		`"Gültig must be a month from 1 to 12; Mail must be an e-mail address of at most 255 characters"
`, written)

	o = options(t)
	o.Input, o.Batch = in, "corrected"
	corrected := strings.NewReplacer("**** **** **** ****", testPAN, "13/29", "12/29", "anaex", "ana@ex").Replace(written)

	second, payloads, _ := submit(t, corrected, o)
	require.EqualValues(t, 1, second.Published)
	require.Equal(t, "ana@example.com", payloads["corrected.1"].Consumer.EmailAddress)
	require.Equal(t, "de", payloads["corrected.1"].Consumer.LanguageCode)
}

// The rejects of JSON Lines are CSV with a column for each member that there can be.
func TestRejectsOfJSONLinesGoBackInAsCSV(t *testing.T) {
	t.Parallel()

	in := cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "card.number", "to": "pan"}], "ignore": ["note"]}`)}
	o := options(t)
	o.Input = in

	first, _, _ := submit(t, `{"card":{"number":"`+testPAN+`"},"exp_month":13,"exp_year":2029,"email":"ana@example.com","note":"`+otherPAN+`"}`+"\n{]\n", o)

	written := read(t, first.RejectsPath)
	require.Equal(t, "card.number,note,exp_month,exp_year,email,cardholder_name,first_name,last_name,phone_country,phone_number,language,country,"+
		"address_line1,address_line2,address_line3,city,state,zip,address_country,external_consumer_id,external_card_id,"+
		"reject_line,reject_column,reject_code,reject_reason\n"+
		"520473******4784,************8785,13,2029,ana@example.com,,,,,,,,,,,,,,,,,1,exp_month,INVALID_FIELD,must be a month from 1 to 12\n"+
		",,,,,,,,,,,,,,,,,,,,,2,,NOT_JSON,\"the line is no JSON object, or has a member twice\"\n", written)

	o = options(t)
	o.Input, o.Batch = in, "corrected"
	lines := strings.SplitAfter(strings.NewReplacer("520473******4784", testPAN, ",13,", ",12,").Replace(written), "\n")

	second, _, _ := submit(t, lines[0]+lines[1], o)
	require.EqualValues(t, 1, second.Published)
}

// A file with a row of each kind that is rejected: what a person is told of it.
func TestARowOfEachKind(t *testing.T) {
	t.Parallel()

	summary, _, _ := submit(t, strings.Join(eachKind(), "\n"), options(t))
	written := read(t, summary.RejectsPath)
	require.False(t, pan.Contains(written))
	require.EqualValues(t, len(eachKind())-2, summary.Rejected, "all but the header and the good row")
	require.Equal(t, []string{
		"BROKEN_QUOTES", "CARD_IN_CLEAR", "CONTROL_CHARACTER", "DUPLICATE", "EXPIRED_CARD", "FIELD_COUNT",
		"INVALID_FIELD", "INVALID_PAN", "LOST_CHARACTER", "NOT_UTF8", "TOO_LONG",
	}, slices.Sorted(maps.Keys(summary.ByCode)))
}

// eachKind are a header, a good row, and a row for each way in which one can be rejected.
func eachKind() []string {
	return []string{
		"external_card_id,pan,exp_month,exp_year,email,first_name,phone_country,phone_number,language,country,zip",
		"k-1," + testPAN + ",12,2029,ana@example.com,Ana,1,5555550100,en,US,63101",
		"k-2,5204731600014780,12,2029,ana@example.com,Ana,,,,,",
		"k-3,5204 7316 0001 4784,12,2029,ana@example.com,Ana,,,,,",
		"k-4,520473160001478,12,2029,ana@example.com,Ana,,,,,",
		"k-5," + testPAN + ",13,2029,ana@example.com,Ana,,,,,",
		"k-6," + testPAN + ",12,29,ana@example.com,Ana,,,,,",
		"k-7," + testPAN + ",12,2023,ana@example.com,Ana,,,,,",
		"k-8," + testPAN + ",12,2029,,Ana,,,,,",
		"k-9," + testPAN + ",12,2029,ana@example,Ana,,,,,",
		"k-10," + testPAN + ",12,2029,ana@example.com," + strings.Repeat("A", 257) + ",,,,,",
		"k-11," + testPAN + ",12,2029,ana@example.com,Ana,+1,5555550100,,,",
		"k-12," + testPAN + ",12,2029,ana@example.com,Ana,,5555550100,,,",
		"k-13," + testPAN + ",12,2029,ana@example.com,Ana,353,1234567890123,,,",
		"k-14," + testPAN + ",12,2029,ana@example.com,Ana,,,english,,",
		"k-15," + testPAN + ",12,2029,ana@example.com,Ana,,,,UK,",
		"k-16," + testPAN + ",12,2029,ana@example.com,Ana,,,,,12345678901234567",
		otherPAN + "," + testPAN + ",12,2029,ana@example.com,Ana,,,,,",
		"k-18," + testPAN + ",12,2029,ana@example.com,Andr\xe9,,,,,",
		"k-19," + testPAN + ",12,2029,ana@example.com,Andr\ufffd,,,,,",
		"k-20," + testPAN + ",12,2029,ana@example.com,A\x07na,,,,,",
		"k-21," + testPAN + ",12,2029,ana@example.com,Ana,1,5555550100,,,",
		"k-22," + testPAN + ",12,2029,ana@example.com,Ana,,,,,,",
		`k-23,` + testPAN + `,12,2029,ana@example.com,"Ana,,,,,`,
		"k-24," + testPAN + ",12,2029,ana@example.com," + strings.Repeat("A", 70<<10) + ",,,,,",
		"k-25,5204731600014780,13,29,ana,Ana,+1,call me,english,UK,12345678901234567",
	}
}
