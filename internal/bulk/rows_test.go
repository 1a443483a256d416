package bulk_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

const everyColumn = "external_card_id,external_consumer_id,address_country,zip,state,city,address_line3,address_line2,address_line1," +
	" country ,language,phone_number,phone_country,last_name,first_name,cardholder_name,email,exp_year,exp_month,pan"

// submit runs a file against a queue that takes everything.
func submit(t *testing.T, text string, o bulk.Options) (bulk.Summary, map[string]jobs.Payload, map[string]jobs.Job) {
	t.Helper()

	queue, office := &fakeQueue{}, newIntakeKey(t)
	summary, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: office.sealer, Queue: queue}, o)
	require.NoError(t, err)

	payloads := map[string]jobs.Payload{}
	for id, job := range queue.jobs {
		payloads[id] = office.open(t, job)
	}

	return summary, payloads, queue.jobs
}

func TestEveryColumnArrives(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.NotAfter = today().AddDate(0, 1, 0)

	_, payloads, sent := submit(t, "\xef\xbb\xbf"+everyColumn+"\r\n"+
		`k-1,c-1,DE,80331,BY,München,,"2. Stock, links","Neuhauser Straße 1`+"\r\n"+`Hinterhaus",DE,de,`+
		`15123456789,49,Müller,Ana,"Müller, Ana", ana@example.com ,2029,7,`+testPAN+"\r\n", o)

	require.Equal(t, jobs.Payload{
		Card: jobs.Card{
			PrimaryAccountNumber: pan.Unchecked(testPAN),
			PanExpirationMonth:   "07",
			PanExpirationYear:    "2029",
			CardholderFullName:   "Müller, Ana",
			BillingAddress: &jobs.Address{
				Line1: "Neuhauser Straße 1\nHinterhaus", Line2: "2. Stock, links",
				City: "München", State: "BY", Zip: "80331", CountryCode: "DE",
			},
		},
		Consumer: jobs.Consumer{
			EmailAddress: "ana@example.com",
			MobileNumber: &jobs.MobileNumber{CountryCode: "49", PhoneNumber: "15123456789"},
			FirstName:    "Ana", LastName: "Müller", CountryCode: "DE", LanguageCode: "de",
		},
	}, payloads["june.1"])

	job := sent["june.1"]
	want, err := json.Marshal(jobs.Job{
		Schema: 1, ID: "june.1", Program: "demo", Batch: "june",
		ExternalConsumerID: "c-1", ExternalCardID: "k-1", NotAfter: o.NotAfter, Sealed: job.Sealed,
	})
	require.NoError(t, err)

	have, err := json.Marshal(job)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(have))
}

func TestAnEmptyCellIsAnAbsentValue(t *testing.T) {
	t.Parallel()

	_, payloads, _ := submit(t, everyColumn+"\n"+strings.Repeat(",", 15)+`" ",ana@example.com,2029,12,`+testPAN, options(t))

	require.Equal(t, jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(testPAN), PanExpirationMonth: "12", PanExpirationYear: "2029"},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com"},
	}, payloads["june.1"])
}

// Each of these rows is rejected, and the good rows around it go through.
func TestRowsThatAreRejected(t *testing.T) {
	t.Parallel()

	const columns = header + ",first_name,phone_country,phone_number,language,country,zip,external_card_id,address_line1"

	with := func(change func(cells []string)) string {
		cells := strings.Split(row+",Ana,1,5555550100,en,US,63101,k-1,1 Test St", ",")
		change(cells)

		return strings.Join(cells, ",")
	}
	cell := func(i int, value string) string { return with(func(cells []string) { cells[i] = value }) }

	for name, c := range map[string]struct{ row, column, code, reason string }{
		"a PAN with decimals":                      {cell(0, "5204739900001898.0"), "pan", "INVALID_FIELD", "is a number with decimals"},
		"a phone with decimals":                    {cell(6, "15112345000.0"), "phone_number", "INVALID_FIELD", "is a number with decimals"},
		"an e-mail address in brackets":            {cell(3, "<ana@example.com>"), "email", "INVALID_FIELD", "must be an e-mail address"},
		"an e-mail address that is none":           {cell(3, "NULL@NULL.NULL"), "email", "INVALID_FIELD", "must be an e-mail address"},
		"a blank of no width in an e-mail address": {cell(3, "ana\u200b@example.com"), "email", "CONTROL_CHARACTER", "has a character in it that is not seen"},
		"a mark in a name":                         {cell(4, "A\u200ena"), "first_name", "CONTROL_CHARACTER", "has a character in it that is not seen"},
		"no PAN":                                   {cell(0, ""), "pan", "INVALID_FIELD", "is missing: it must be 16 to 20 digits without blanks or hyphens"},
		"a PAN of a blank":                         {cell(0, " "), "pan", "INVALID_FIELD", "is missing: it must be"},
		"a PAN with a digit wrong":                 {cell(0, "5204731600014780"), "pan", "INVALID_PAN", "fails the Luhn check: a digit is wrong or missing"},
		"a PAN with blanks":                        {cell(0, "5204 7316 0001 4784"), "pan", "INVALID_FIELD", "must be 16 to 20 digits"},
		"a PAN that Excel has eaten":               {cell(0, "5.20473E+15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet; export the column as text"},
		"a PAN that Excel has eaten in German":     {cell(0, `"5,20473E+15"`), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet; export the column as text"},
		"a PAN that Excel has eaten, with a sign":  {cell(0, "+5.20473E+15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN that Excel has eaten, as text":      {cell(0, "'5.20473E+15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN that Excel has eaten, with a blank": {cell(0, "5.20473 E+15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN with many digits and an exponent":   {cell(0, "520473160001E+04"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN as a product":                       {cell(0, "5.20473x10^15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN that was too wide for its column":   {cell(0, "########"), "pan", "INVALID_FIELD", "the spreadsheet has written ##### for a number"},
		"a round PAN that Excel has eaten":         {cell(0, "5e15"), "pan", "INVALID_FIELD", "the number was destroyed by the spreadsheet"},
		"a PAN with a letter":                      {cell(0, "520473160001478E"), "pan", "INVALID_FIELD", "must be 16 to 20 digits"},
		"two PANs":                                 {cell(0, testPAN+otherPAN), "pan", "INVALID_FIELD", "must be 16 to 20 digits"},
		"month 13":                                 {cell(1, "13"), "exp_month", "INVALID_FIELD", "must be a month from 1 to 12"},
		"month zero":                               {cell(1, "0"), "exp_month", "INVALID_FIELD", "must be a month from 1 to 12"},
		"a year in two digits":                     {cell(2, "29"), "exp_year", "INVALID_FIELD", "must be a year in four digits, such as 2029"},
		"a card that has expired":                  {cell(2, "2025"), "exp_year", "EXPIRED_CARD", "is in the past"},
		"no email":                                 {cell(3, ""), "email", "INVALID_FIELD", "is missing: it must be an e-mail address"},
		"an email without @":                       {cell(3, "ana.example.com"), "email", "INVALID_FIELD", "must be an e-mail address"},
		"a long name":                              {cell(4, strings.Repeat("ä", 257)), "first_name", "INVALID_FIELD", "must have at most 256 characters"},
		"a calling code with plus":                 {cell(5, "+49"), "phone_country", "INVALID_FIELD", "no plus, such as 49"},
		"no calling code":                          {cell(5, ""), "phone_country", "INVALID_FIELD", "is missing: it must be"},
		"no phone number":                          {cell(6, ""), "phone_number", "INVALID_FIELD", "is missing: it must be"},
		"a phone number with hyphens":              {cell(6, "555-555-0100"), "phone_number", "INVALID_FIELD", "4 to 14 digits and nothing else"},
		"a language of three letters":              {cell(7, "eng"), "language", "INVALID_FIELD", "as two letters (ISO 639-1), such as de"},
		"an email without a domain":                {cell(3, "ana@localhost"), "email", "INVALID_FIELD", "must be an e-mail address"},
		"a calling code that is long":              {with(func(c []string) { c[5], c[6] = "353", "1234567890123" }), "phone_number", "INVALID_FIELD", "more than 15 digits"},
		"a language that is none":                  {cell(7, "qq"), "language", "INVALID_FIELD", "ISO 639-1"},
		"a country that is none":                   {cell(8, "UK"), "country", "INVALID_FIELD", "ISO 3166-1"},
		"a lost character":                         {cell(4, "Andr\ufffd"), "first_name", "LOST_CHARACTER", "was lost when the file was converted"},
		"a row that is there already":              {cell(3, "BEFORE@example.com"), "", "DUPLICATE", "has the card and the consumer of line 2"},
		"a country in lower case":                  {cell(8, "us"), "country", "INVALID_FIELD", "as two capital letters (ISO 3166-1), such as DE"},
		"a long zip":                               {cell(9, strings.Repeat("1", 9)+"-1234567"), "zip", "INVALID_FIELD", "must have at most 16"},
		"a card as its own key":                    {cell(10, otherPAN), "external_card_id", "CARD_IN_CLEAR", "holds a card number in clear"},
		"a long key of its own":                    {cell(10, strings.Repeat("k", 256)), "external_card_id", "INVALID_FIELD", "and no card or account number"},
		"text that is not UTF-8":                   {cell(4, "Andr\xe9"), "first_name", "NOT_UTF8", "is not UTF-8; save the file as CSV UTF-8"},
		"a zero byte":                              {cell(11, "1 Test\x00 St"), "address_line1", "CONTROL_CHARACTER", "has a control character in it"},
		"a field too many":                         {with(func([]string) {}) + ",x", "", "FIELD_COUNT", "the row has 13 fields, the header has 12"},
		"fields too few":                           {testPAN + ",12", "", "FIELD_COUNT", "the row has 2 fields, the header has 12"},
		"a quote in a value":                       {cell(4, `A"na`), "", "BROKEN_QUOTES", "a double quote is not closed, or stands inside a value"},
		"a quote that is not closed":               {cell(11, `"1 Test St`), "", "BROKEN_QUOTES", "a double quote is not closed"},
		"a line without end":                       {cell(11, strings.Repeat("x", 8<<20)), "", "TOO_LONG", "the line is longer than 64 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			before, after := cell(3, "before@example.com"), cell(3, "after@example.com")
			summary, payloads, _ := submit(t, strings.Join([]string{columns, before, c.row, after}, "\n"), options(t))

			require.Contains(t, payloads, "june.1")
			require.Contains(t, payloads, "june.3")
			require.Len(t, payloads, 2)
			require.EqualValues(t, 3, summary.RowsRead)
			require.EqualValues(t, 1, summary.Rejected)
			require.Equal(t, map[string]int64{c.code: 1}, summary.ByCode)

			rejects := rejected(t, summary.RejectsPath)
			require.Len(t, rejects, 1)
			require.Equal(t, "3", rejects[0]["reject_line"])
			require.Equal(t, c.column, rejects[0]["reject_column"])
			require.Equal(t, c.code, rejects[0]["reject_code"])
			require.Contains(t, rejects[0]["reject_reason"], c.reason)
			require.NotContains(t, rejects[0]["reject_reason"], testPAN)
		})
	}
}

func TestLinesAreCountedAsAnEditorDoes(t *testing.T) {
	t.Parallel()

	const other = otherPAN + ",12,2029,ana@example.com"

	text := strings.Join([]string{
		header + ",address_line1",         // 1
		row + `,"one`, `two`, ``, `four"`, // 2 to 5
		``,                                            // 6
		row + `,x,y`,                                  // 7
		row + `,"open`,                                // 8
		other + `,x`,                                  // 9
		testPAN + `,13,2029,ana@example.com,"a`, `b"`, // 10 and 11
		row + `,1"x`, // 12
	}, "\r\n")

	for name, c := range map[string]struct {
		text  string
		above int64
	}{
		"CRLF": {text, 0}, "LF": {strings.ReplaceAll(text, "\r\n", "\n"), 0}, "CR": {strings.ReplaceAll(text, "\r\n", "\r"), 0},
		"UTF-16": {utf16(text), 0}, "UTF-16 and CR": {utf16(strings.ReplaceAll(text, "\r\n", "\r")), 0}, "a line sep=": {"sep=,\r\n" + text, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			summary, _, _ := submit(t, c.text, options(t))

			var lines []string
			for _, r := range rejected(t, summary.RejectsPath) {
				line, err := strconv.ParseInt(r["reject_line"], 10, 64)
				require.NoError(t, err)

				lines = append(lines, fmt.Sprint(line-c.above, " ", r["reject_code"]))
			}

			require.Equal(t, []string{"7 FIELD_COUNT", "8 BROKEN_QUOTES", "10 INVALID_FIELD", "12 BROKEN_QUOTES"}, lines)
			require.EqualValues(t, 6, summary.SettledRow)
			require.Equal(t, 12+c.above, summary.SettledLine)
		})
	}
}

// Only digits that a spreadsheet has rounded are taken for that.
func TestNumbersThatASpreadsheetHasDestroyed(t *testing.T) {
	t.Parallel()

	columns := header + ",external_card_id,phone_country,phone_number,first_name"

	for value, destroyed := range map[string]bool{
		"1.23457E+11": true, `"1,23457E+11"`: true, "12E": false, "1E+5": false, "4E10": false, "E+11": false, "1.2.3E+11": false,
		"1.23457E+11x": false, "1.5E-07": false, "12.5E+11": false,
	} {
		_, _, jobs := submit(t, columns+"\n"+row+","+value+",,,\n", options(t))
		require.Equal(t, destroyed, len(jobs) == 0, "the own key %s", value)
	}

	summary, _, _ := submit(t, columns+"\n"+row+",,49,1.51235E+11,\n", options(t))
	require.Equal(t, "the number was destroyed by the spreadsheet; export the column as text", rejected(t, summary.RejectsPath)[0]["reject_reason"])
}
