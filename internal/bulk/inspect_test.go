package bulk_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/inspect"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/pkg/pan"
)

func inspectText(t *testing.T, content string, in cardfile.Input) inspect.Report {
	t.Helper()

	found, err := inspect.Run(t.Context(), pipe(content), in, today())
	require.NoError(t, err)

	return found
}

const foreignFile = `Kundennr;Kartennummer;Gültig bis;Vorname;Nachname;E-Mail;Telefon;Land;Filiale
4711;5204 7316 0001 4784;07/29;Ana;Müller;ana@example.com;+49 151 2345678;Deutschland;Süd
4712;5186001700008785;08/29;Zoë;Meier;zoe@example.com;0049 (0)151-2345679;Österreich;Nord
4713;5186001700009726;13/29;Max;;max@;+49 1512345680;DEU;"Nord;West"
`

func TestInspectAForeignFile(t *testing.T) {
	t.Parallel()

	found := inspectText(t, gzipped(t, foreignFile), cardfile.Input{})

	require.Equal(t, inspect.Report{
		Source: "stdin", Format: cardfile.CSV, Compression: text.Gzip, Encoding: text.UTF8, Delimiter: "semicolon",
		Columns: found.Columns, Reasons: found.Reasons, Missing: []string{}, Rows: 3, Good: 2, ByCode: map[string]int64{"INVALID_FIELD": 1},
		Mapping: mapping.Mapping{
			Columns: []mapping.Column{
				{From: "Kundennr", To: mapping.Names{"external_consumer_id"}},
				{From: "Kartennummer", To: mapping.Names{"pan"}, As: "digits"},
				{From: "Gültig bis", To: mapping.Names{"exp_month", "exp_year"}, As: "MM/YY"},
				{From: "Vorname", To: mapping.Names{"first_name"}},
				{From: "Nachname", To: mapping.Names{"last_name"}},
				{From: "E-Mail", To: mapping.Names{"email"}},
				{From: "Telefon", To: mapping.Names{"phone_country", "phone_number"}, As: "phone"},
				{From: "Land", To: mapping.Names{"country"}, As: "country"},
			},
			Ignore: []string{"Filiale"},
		},
	}, found)
	require.Len(t, found.Reasons, 2)

	require.Equal(t, inspect.Column{
		Name: "Kartennummer", Feeds: []string{"pan"}, As: "digits", How: "a guess by its name",
		Examples: []string{"520473******4784", "518600******8785", "518600******9726"},
	}, found.Columns[1])
	require.Equal(t, []string{"xxx@xxxxxxx.xxx", "xxx@xxxxxxx.xxx", "xxx@"}, found.Columns[5].Examples)
	require.Equal(t, inspect.Column{
		Name: "Filiale", Feeds: []string{}, How: "not known: left out by the mapping", Examples: []string{"Xxx", "Xxxx", "Xxxx;Xxxx"},
	}, found.Columns[8])

	// What it says to begin with is a mapping, with which the file can be taken.
	written, err := found.Mapping.Encode()
	require.NoError(t, err)

	o := options(t)
	o.Input.Mapping = mapped(t, string(written))
	summary, _, _ := submit(t, foreignFile, o)
	require.EqualValues(t, 2, summary.Published)
}

// Nobody's name, address or number is shown, wherever it stands.
func TestInspectionsAreMasked(t *testing.T) {
	t.Parallel()

	for name, content := range map[string]string{
		"known columns":   everyColumn + "\n" + "key-7,key-8,DE,80331,Bayern,München,Hof,Links,Straße,DE,de,15123456789,49,Müller,Ana,Ana Müller,ana@example.com,2029,7," + testPAN,
		"unknown columns": "a,b,c\n" + testPAN + ",Müller,Straße\n",
		"JSON":            `{"pan":"` + testPAN + `","x":{"name":"Müller","n":` + otherPAN + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			said, err := json.Marshal(inspectText(t, content, cardfile.Input{}))
			require.NoError(t, err)
			require.False(t, pan.Contains(string(said)))

			for _, text := range []string{"Müller", "Straße", "ana@", "15123456789", "80331", "München", "key-7"} {
				require.NotContains(t, string(said), text)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()

	const object = `{"card":{"primaryAccountNumber":"` + testPAN + `","panExpirationMonth":"12","panExpirationYear":"2029","billingAddress":{"countryCode":"DE"}},` +
		`"consumer":{"emailAddress":"ana@example.com","countryCode":"AT"},"note":"x"}`

	for name, c := range map[string]struct {
		text    string
		in      cardfile.Input
		want    mapping.Mapping
		good    int64
		missing []string
		refused string
	}{
		"a file that needs no mapping": {text: header + "\n" + row, good: 1},
		"our names, other values": {
			text: header + ",country,language\n5204-7316-0001-4784,12,29,ana@example.com,Germany,de_DE\n", good: 1,
			want: mapping.Mapping{Columns: []mapping.Column{
				{From: "pan", To: mapping.Names{"pan"}, As: "digits"}, {From: "exp_year", To: mapping.Names{"exp_year"}, As: "YY"},
				{From: "country", To: mapping.Names{"country"}, As: "country"}, {From: "language", To: mapping.Names{"language"}, As: "language"},
			}},
		},
		"names that say nothing": {
			text: "a|b|c|d|e\n" + testPAN + "|2029-12|ana@example.com|+49 151 2345678|x\n", good: 1,
			want: mapping.Mapping{Columns: []mapping.Column{
				{From: "a", To: mapping.Names{"pan"}}, {From: "b", To: mapping.Names{"exp_month", "exp_year"}, As: "YY/MM"}, {From: "c", To: mapping.Names{"email"}},
				{From: "d", To: mapping.Names{"phone_country", "phone_number"}, As: "phone"},
			}, Ignore: []string{"e"}},
		},
		"names of the API in JSON": {
			text: object + "\n" + object, good: 2,
			want: mapping.Mapping{Columns: []mapping.Column{
				{From: "card.primaryAccountNumber", To: mapping.Names{"pan"}}, {From: "card.panExpirationMonth", To: mapping.Names{"exp_month"}},
				{From: "card.panExpirationYear", To: mapping.Names{"exp_year"}}, {From: "card.billingAddress.countryCode", To: mapping.Names{"address_country"}},
				{From: "consumer.emailAddress", To: mapping.Names{"email"}}, {From: "consumer.countryCode", To: mapping.Names{"country"}},
			}, Ignore: []string{"note"}},
		},
		"days in one order only": {
			text: "pan,exp,email\n" + testPAN + ",12/01/2029,ana@example.com\n" + otherPAN + ",31/12/2029,ana@example.com\n", good: 2,
			want: mapping.Mapping{Columns: []mapping.Column{{From: "exp", To: mapping.Names{"exp_month", "exp_year"}, As: "DD/MM/YYYY"}}},
		},
		"days in either order": {
			text:    "pan,exp,email\n" + testPAN + ",12/01/2029,ana@example.com\n",
			missing: []string{"exp_month", "exp_year"}, refused: "the column exp_month is missing", want: mapping.Mapping{Ignore: []string{"exp"}},
		},
		"days with two digits of the year, which may come first": {
			text:    "pan,exp,email\n" + testPAN + ",29/12/31,ana@example.com\n" + otherPAN + ",28-11-30,ana@example.com\n",
			missing: []string{"exp_month", "exp_year"}, refused: "the column exp_month is missing", want: mapping.Mapping{Ignore: []string{"exp"}},
		},
		"days with two digits of the year, which come last": {
			text: "pan,exp,email\n" + testPAN + ",12/31/29,ana@example.com\n", good: 1,
			want: mapping.Mapping{Columns: []mapping.Column{{From: "exp", To: mapping.Names{"exp_month", "exp_year"}, As: "MM/DD/YYYY"}}},
		},
		"days without a year, as spreadsheets show them": {
			text:    "pan,exp,email\n" + testPAN + ",31-Dec,ana@example.com\n" + otherPAN + ",30-Jun,ana@example.com\n",
			missing: []string{"exp_month", "exp_year"}, refused: "the column exp_month is missing", want: mapping.Mapping{Ignore: []string{"exp"}},
		},
		"a conversion that takes all values but one": {
			text: "pan,exp_month,exp_year,email\n5204 7316 0001 4784,12,2029,ana@example.com\n5204739900001898.0,12,2029,ana@example.com\n",
			want: mapping.Mapping{},
		},
		"an expiry that no conversion takes in all rows": {
			text:    "pan,exp,email\n" + testPAN + ",12/29,ana@example.com\n" + otherPAN + ",soon,ana@example.com\n",
			missing: []string{"exp_month", "exp_year"}, refused: "the column exp_month is missing", want: mapping.Mapping{Ignore: []string{"exp"}},
		},
		"days with a time, and months by name": {
			text: "pan,exp,email\n" + testPAN + ",2029-12-31 00:00:00,ana@example.com\n", good: 1,
			want: mapping.Mapping{Columns: []mapping.Column{{From: "exp", To: mapping.Names{"exp_month", "exp_year"}, As: "YY/MM"}}},
		},
		"a column without a name": {
			text: "," + header + "\n0," + row + "\n", good: 1, want: mapping.Mapping{Ignore: []string{""}},
		},
		"columns without a name at the end": {text: header + ",,\n" + row + ",,\n", good: 1},
		"two columns for the same": {
			text: "card number,kartennummer,exp_month,exp_year,email\n" + testPAN + ",x,12,2029,ana@example.com\n", good: 1,
			want: mapping.Mapping{Columns: []mapping.Column{{From: "card number", To: mapping.Names{"pan"}}}, Ignore: []string{"kartennummer"}},
		},
		"a mapping that is there already": {
			text: header + ",Kunde,Konto\n" + row + ",Ana,c-1\n", good: 1,
			in:   cardfile.Input{Mapping: mapping.Mapping{Columns: []mapping.Column{{From: "Konto", To: mapping.Names{"external_consumer_id"}}}, Constants: map[string]string{"language": "de"}}},
			want: mapping.Mapping{Columns: []mapping.Column{{From: "Konto", To: mapping.Names{"external_consumer_id"}}}, Constants: map[string]string{"language": "de"}, Ignore: []string{"Kunde"}},
		},
		"columns that are missing": {
			text: "pan,expiry\n" + testPAN + ",12/29\n", missing: []string{"email"}, refused: "the column email is missing",
			want: mapping.Mapping{Columns: []mapping.Column{{From: "expiry", To: mapping.Names{"exp_month", "exp_year"}, As: "MM/YY"}}},
		},
		"a security code": {
			text: header + ",CVV\n" + row + ",123\n", refused: `column 5, "CVV", is the card's security code`,
		},
		"rejects of an earlier run": {text: header + ",reject_line,reject_column,reject_code,reject_reason\n" + row + ",,,,\n", good: 1},
		"faulty rows":               {text: header + "\n" + row + ",x\n\"a\n" + row, good: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if c.want.Columns == nil {
				c.want.Columns = []mapping.Column{}
			}

			if c.missing == nil {
				c.missing = []string{}
			}

			found := inspectText(t, c.text, c.in)
			require.Equal(t, c.want, found.Mapping)
			require.Equal(t, c.good, found.Good)
			require.Equal(t, c.missing, found.Missing)
			require.Contains(t, found.Refused, c.refused)
			require.Equal(t, c.refused == "", found.Refused == "", found.Refused)
		})
	}
}

func TestInspectLooksAtTheBeginOnly(t *testing.T) {
	t.Parallel()

	found, err := inspect.Run(t.Context(), source(cards(100_000)), cardfile.Input{}, today())
	require.NoError(t, err)
	require.EqualValues(t, 1000, found.Rows)
	require.EqualValues(t, 900, found.Good)

	_, err = inspect.Run(t.Context(), source(row+"\n"), cardfile.Input{}, today())
	require.ErrorContains(t, err, "cards.csv:1: the first line holds a card number and is no header")
}

// Whatever the source, no card number is shown, and the mapping that is suggested is one.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		foreignFile, header + "\n" + row, `{"card":{"number":"` + testPAN + `"},"` + testPAN + `":1}`, "a,a\n1,2\n", "{}\n", "pan;cvv\n", strings.Repeat("x;", 300),
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, content string) {
		found, err := inspect.Run(t.Context(), source(content), cardfile.Input{}, today())
		if err != nil {
			require.False(t, pan.Contains(err.Error()))
			return
		}

		said, err := json.Marshal(found)
		require.NoError(t, err)
		require.False(t, pan.Contains(string(said)), string(said))

		written, err := found.Mapping.Encode()
		require.NoError(t, err)

		_, err = mapping.Parse(written, columns.Names())
		require.NoError(t, err)
	})
}
