package bulk_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/pkg/jobs"
)

func packed(t *testing.T, content string, how func(io.Writer) io.WriteCloser) string {
	t.Helper()

	var out bytes.Buffer

	w := how(&out)
	_, err := io.WriteString(w, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())

	return out.String()
}

func gzipped(t *testing.T, content string) string {
	t.Helper()
	return packed(t, content, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zstandard(t *testing.T, content string) string {
	t.Helper()

	return packed(t, content, func(w io.Writer) io.WriteCloser {
		packer, err := zstd.NewWriter(w)
		require.NoError(t, err)

		return packer
	})
}

func mapped(t *testing.T, text string) mapping.Mapping {
	t.Helper()

	m, err := mapping.Parse([]byte(text), columns.Names())
	require.NoError(t, err)

	return m
}

// However a file says it, the same job is sealed.
func TestEveryFormSaysTheSame(t *testing.T) {
	t.Parallel()

	const (
		wide    = header + ",first_name,address_line1\n" + row + ",Zoë,\"Straße 1, links\"\n"
		foreign = `{"columns": [
			{"from": "Karte", "to": "pan", "as": "digits"},
			{"from": "Gültig", "to": ["exp_month", "exp_year"], "as": "MM/YY"},
			{"from": "Mail", "to": "email"}, {"from": "Vorname", "to": "first_name"}, {"from": "Straße", "to": "address_line1"}
		], "ignore": ["Notiz"]}`
		foreignText = "Karte;Gültig;Mail;Vorname;Straße;Notiz\n5204 7316 0001 4784;12/29;ana@example.com;Zoë;Straße 1, links;x\n"
		lines       = `{"pan":"` + testPAN + `","exp_month":12,"exp_year":"2029","email":"ana@example.com","first_name":"Zoë",` +
			`"address_line1":"Straße 1, links","zip":null,"reject_line":"7"}` + "\n"
		nested = `{"card":{"primaryAccountNumber":"` + testPAN + `","expiry":"2029-12","billingAddress":{"line1":"Straße 1, links"}},` +
			`"consumer":{"emailAddress":"ana@example.com","firstName":"Zoë"},"note":"x"}` + "\n"
		nestedMap = `{"columns": [
			{"from": "card.primaryAccountNumber", "to": "pan"}, {"from": "card.expiry", "to": ["exp_month", "exp_year"], "as": "YY/MM"},
			{"from": "card.billingAddress.line1", "to": "address_line1"},
			{"from": "consumer.emailAddress", "to": "email"}, {"from": "consumer.firstName", "to": "first_name"}
		], "ignore": ["note"]}`
	)

	latin1 := strings.NewReplacer("ü", "\xfc", "ß", "\xdf", "ë", "\xeb").Replace

	for name, c := range map[string]struct {
		text string
		in   cardfile.Input
	}{
		"commas":                                 {wide, cardfile.Input{}},
		"semicolons":                             {strings.ReplaceAll(strings.ReplaceAll(wide, ",", ";"), "1; links", "1, links"), cardfile.Input{}},
		"tabs":                                   {strings.ReplaceAll(strings.ReplaceAll(wide, ",", "\t"), "1\t links", "1, links"), cardfile.Input{}},
		"bars":                                   {strings.ReplaceAll(strings.ReplaceAll(wide, ",", "|"), "1| links", "1, links"), cardfile.Input{}},
		"CRLF and a byte order mark":             {"\xef\xbb\xbf" + strings.ReplaceAll(wide, "\n", "\r\n"), cardfile.Input{}},
		"Latin-1":                                {latin1(wide), cardfile.Input{Encoding: text.Latin1}},
		"gzip":                                   {gzipped(t, wide), cardfile.Input{}},
		"zstd":                                   {zstandard(t, wide), cardfile.Input{}},
		"UTF-16":                                 {utf16(wide), cardfile.Input{}},
		"UTF-16 and tabs":                        {utf16(strings.ReplaceAll(strings.ReplaceAll(wide, ",", "\t"), "1\t links", "1, links")), cardfile.Input{}},
		"UTF-16 in gzip":                         {gzipped(t, utf16(wide)), cardfile.Input{}},
		"JSON Lines in UTF-16":                   {utf16(lines), cardfile.Input{}},
		"JSON Lines that end in CR":              {strings.ReplaceAll(lines+lines, "\n", "\r")[:len(lines)], cardfile.Input{}},
		"lines that end in CR":                   {strings.ReplaceAll(wide, "\n", "\r"), cardfile.Input{}},
		"the line sep=":                          {"sep=,\n" + wide, cardfile.Input{}},
		"the line sep= in quotes":                {"\xef\xbb\xbf\"SEP=;\"\r\n" + strings.ReplaceAll(strings.ReplaceAll(wide, ",", ";"), "1; links", "1, links"), cardfile.Input{}},
		"the line sep= behind a blank one":       {"\r\n \n sep=,\n" + wide, cardfile.Input{}},
		"the line sep= with its value in quotes": {"sep=\",\"\n" + wide, cardfile.Input{}},
		"the line sep= with empty cells":         {"sep=,,,,,,\n" + wide, cardfile.Input{}},
		"the line sep= of a file saved anew":     {"\"sep=;\",,,,\n" + wide, cardfile.Input{}},
		"two byte order marks":                   {"\ufeff\ufeff" + wide, cardfile.Input{}},
		"the line sep= for a header with other delimiters": {
			"sep=;\n" + strings.ReplaceAll(foreignText, "Notiz", `Notiz, kurz`), cardfile.Input{Mapping: mapped(t, strings.ReplaceAll(foreign, "Notiz", "Notiz, kurz"))},
		},
		"JSON Lines":                 {lines, cardfile.Input{}},
		"JSON Lines in zstd":         {zstandard(t, lines), cardfile.Input{}},
		"foreign columns":            {foreignText, cardfile.Input{Mapping: mapped(t, foreign)}},
		"foreign columns in Latin-1": {latin1(foreignText), cardfile.Input{Mapping: mapped(t, foreign), Encoding: text.Latin1}},
		"JSON of the API's names":    {nested, cardfile.Input{Mapping: mapped(t, nestedMap)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			o.Input = c.in

			_, want, _ := submit(t, wide, options(t))
			summary, payloads, _ := submit(t, c.text, o)
			require.Zero(t, summary.Rejected, summary.ByCode)
			require.Equal(t, want, payloads)
		})
	}
}

func TestConstantsAndConversions(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.Input.Mapping = mapped(t, `{"columns": [
		{"from": "year", "to": "exp_year", "as": "YY"}, {"from": "tel", "to": ["phone_country", "phone_number"], "as": "phone"},
		{"from": "land", "to": "address_country", "as": "country"}
	], "constants": {"language": "de", "country": "AT"}}`)

	_, payloads, _ := submit(t, "pan,exp_month,year,email,tel,land\n"+
		testPAN+",12,29,ana@example.com,+43 660 1234567,Österreich\n"+
		otherPAN+",12,29,ana@example.com,,\n", o)

	first, second := payloads["june.1"], payloads["june.2"]
	require.Equal(t, "2029", first.Card.PanExpirationYear)
	require.Equal(t, &jobs.MobileNumber{CountryCode: "43", PhoneNumber: "6601234567"}, first.Consumer.MobileNumber)
	require.Equal(t, &jobs.Address{CountryCode: "AT"}, first.Card.BillingAddress)
	require.Equal(t, "de", first.Consumer.LanguageCode)
	require.Equal(t, "AT", second.Consumer.CountryCode)
	require.Nil(t, second.Consumer.MobileNumber, "an empty cell converts to nothing")
}

// Each of these is refused as a whole, before anything is sent.
func TestSourcesAndMappingsThatDoNotFit(t *testing.T) {
	t.Parallel()

	const object = `{"pan":"` + testPAN + `","exp_month":12,"exp_year":"2029","email":"ana@example.com"`

	for name, c := range map[string]struct {
		text string
		in   cardfile.Input
		want string
	}{
		"the delimiter of another file": {header + "\n" + row, cardfile.Input{Delimiter: ';'}, "cards.csv:1: the header is one column with commas in it, and the delimiter is a semicolon"},
		"a mapped column that is not there": {
			header + "\n" + row, cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "Land", "to": "country"}]}`)},
			`the column "Land", which the mapping names, is missing`,
		},
		"a column that is mapped and there": {
			header + ",Karte\n" + row, cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "Karte", "to": "pan"}]}`)},
			"the columns pan and Karte both feed pan",
		},
		"a constant that breaks the rule": {
			header + "\n" + row, cardfile.Input{Mapping: mapped(t, `{"constants": {"country": "Germany"}}`)},
			"the constant of the mapping for country must be a country as two capital letters",
		},
		"a constant that is there too": {
			header + ",country\n" + row, cardfile.Input{Mapping: mapped(t, `{"constants": {"country": "DE"}}`)},
			"the column country and a constant of the mapping both feed country",
		},
		"a security code that is ignored": {
			header + ",CVC2\n" + row + ",123", cardfile.Input{Mapping: mapped(t, `{"ignore": ["CVC2"]}`)},
			`column 5, "CVC2", is the card's security code: it must never be stored or sent; remove it from the file`,
		},
		"a security code that is mapped": {
			header + ",Prüfnummer\n" + row + ",123", cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "Prüfnummer", "to": "zip"}]}`)},
			"is the card's security code",
		},
		"a PIN that is ignored": {
			header + ",PIN\n" + row + ",1234", cardfile.Input{Mapping: mapped(t, `{"ignore": ["PIN"]}`)},
			`column 5, "PIN", is the card's PIN: it must never be stored or sent; remove it from the file, or, when it is a postal code, map it to zip`,
		},
		"a stripe that is ignored": {
			header + ",Track2\n" + row + ",x", cardfile.Input{Mapping: mapped(t, `{"ignore": ["Track2"]}`)}, "is the card's magnetic stripe",
		},
		"a PIN in an object":                 {object + `,"card":{"pinBlock":"1"}}`, cardfile.Input{}, `"card.pinBlock", is the card's PIN`},
		"an unknown column, with the way on": {header + ",Filiale\n" + row, cardfile.Input{}, "to map or ignore it, begin with: submit inspect FILE"},
		"an unknown member":                  {object + `,"colour":"red"}`, cardfile.Input{}, `cards.csv:1: a member, "colour", is not known`},
		"an unknown member later":            {object + "}\n\n" + object + `,"card":{"colour":"red"}}`, cardfile.Input{}, `cards.csv:3: a member, "card.colour", is not known`},
		"a member that is misspelled":        {object + `,"firstname":"Ana"}`, cardfile.Input{}, "(is it first_name?)"},
		"a security code in an object":       {object + `,"card":{"cvv":"123"}}`, cardfile.Input{}, `a member, "card.cvv", is the card's security code`},
		"a security code in an array":        {object + `,"cards":[{"securityCode":"123"}]}`, cardfile.Input{}, `"cards[].securityCode", is the card's security code`},
		"a security code that is mapped from an object": {
			object + `}`, cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "card.cvv", "to": "zip"}]}`)}, "is the card's security code",
		},
		"a member that is mapped and there": {
			object + `}`, cardfile.Input{Mapping: mapped(t, `{"columns": [{"from": "Karte", "to": "pan"}]}`)},
			`a member, "pan", is one of ours, and the mapping feeds that from somewhere else`,
		},
		"an array of a column": {object + `,"zip":["1"]}`, cardfile.Input{}, `a member, "zip[]", is not known`},
		"a JSON array":         {"[" + object + "}]", cardfile.Input{}, "write one JSON object on each line"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			o.Input = c.in
			queue := &fakeQueue{}

			_, err := bulk.Submit(t.Context(), source(c.text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)

			var fault *cardfile.FileError

			require.ErrorAs(t, err, &fault)
			require.ErrorContains(t, err, c.want)
			require.Empty(t, queue.jobs)
		})
	}
}

func TestLinesThatAreNoObjectsAreRejected(t *testing.T) {
	t.Parallel()

	object := func(email string) string {
		return `{"pan":"` + testPAN + `","exp_month":12,"exp_year":2029,"email":"` + email + `"}`
	}

	for name, c := range map[string]struct{ line, column, code string }{
		"half an object":         {`{"pan":`, "", "NOT_JSON"},
		"a list":                 {`[]`, "", "NOT_JSON"},
		"a member twice":         {`{"pan":"1","pan":"2"}`, "", "NOT_JSON"},
		"true":                   {`{"pan":true}`, "", "NOT_JSON"},
		"a deep object":          {strings.Repeat(`{"a":`, 9) + "1" + strings.Repeat("}", 9), "", "TOO_DEEP"},
		"text that is not UTF-8": {"{\"pan\":\"\xff\"}", "", "NOT_UTF8"},
		"a long line":            {`{"pan":"` + strings.Repeat("1", 1<<20) + `"}`, "", "TOO_LONG"},
		"a faulty value":         {object("ana"), "email", "INVALID_FIELD"},
		"a number in words":      {strings.Replace(object("c@example.com"), `"`+testPAN+`"`, "5.204731600014784e15", 1), "pan", "INVALID_FIELD"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			summary, payloads, _ := submit(t, object("a@example.com")+"\n"+c.line+"\n"+object("b@example.com")+"\n", options(t))
			require.Len(t, payloads, 2)
			require.Equal(t, map[string]int64{c.code: 1}, summary.ByCode)

			rejects := rejected(t, summary.RejectsPath)
			require.Len(t, rejects, 1)
			require.Equal(t, "2", rejects[0]["reject_line"])
			require.Equal(t, c.column, rejects[0]["reject_column"])
		})
	}
}

// Progress of what is packed goes by the bytes of the file as it is.
func TestProgressOfAPackedFile(t *testing.T) {
	t.Parallel()

	content := gzipped(t, cards(5000))

	var last bulk.Progress

	o := options(t)
	o.OnProgress = func(p bulk.Progress) {
		require.LessOrEqual(t, p.Bytes, p.Size)
		require.GreaterOrEqual(t, p.Bytes, last.Bytes)

		last = p
	}

	summary, _, _ := submit(t, content, o)
	require.EqualValues(t, 5000, summary.RowsRead)
	require.EqualValues(t, len(content), last.Bytes)
	require.EqualValues(t, len(content), last.Size)
}
