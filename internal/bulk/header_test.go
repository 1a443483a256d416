package bulk_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/pkg/pan"
)

const (
	header = "pan,exp_month,exp_year,email"
	row    = testPAN + ",12,2029,ana@example.com"
)

// Each of these files is refused as a whole, before anything is sent, in words that say what is wrong with it.
func TestFilesThatCannotBeTaken(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, want string }{
		"nothing":           {"", "cards.csv: is empty"},
		"a byte order mark": {"\xef\xbb\xbf", "cards.csv: is empty"},
		"empty lines":       {"\n\r\n\n", "cards.csv: is empty"},
		"a header only":     {header + "\n\n", "cards.csv: has a header and no rows"},
		"no header":         {row + "\n" + row + "\n", "cards.csv:1: the first line holds a card number and is no header"},
		"no header, and a digit wrong": {
			"5204731600014780,12,2029,ana@example.com\n" + row,
			`cards.csv:1: column 1, "****************", is not known`,
		},
		"an unknown column": {
			header + ",favourite_colour\n" + row + ",red\n",
			`cards.csv:1: column 5, "favourite_colour", is not known; known are pan, exp_month, exp_year, email, cardholder_name`,
		},
		"a misspelled column": {
			"pan,exp_month,exp_year,email,adrs_line1\n",
			`cards.csv:1: column 5, "adrs_line1", is not known (is it address_line1?)`,
		},
		"a column in capitals": {"PAN,exp_month,exp_year,email\n", `column 1, "PAN", is not known (is it pan?)`},
		"a column with the API's name": {
			"pan,exp_month,exp_year,email,cardholderFullName\n", `column 5, "cardholderFullName", is not known (is it cardholder_name?)`,
		},
		"a column without name":                    {"," + header + "\n0," + row + "\n", "cards.csv:1: column 1 has no name; to leave it out, begin with: submit inspect FILE"},
		"a caret between columns":                  {"pan^exp_month^email\n1^2^3\n", "cards.csv:1: the columns are separated by ^, which is not taken"},
		"control characters between columns":       {"pan\x01exp_month\x01email\n1\x012\x013\n", `tr '\001' '\t' < FILE | submit -`},
		"blanks between columns":                   {"pan exp_month email\n1 2 a@b.com\n", "the columns are separated by blanks"},
		"lines before the header":                  {"Report of cards\n2026-11-26, all\n\n" + header + "\n" + row + "\n", "the line is no header, which seems to be 3 lines below; leave out what is before that, such as with: tail -n +4 FILE"},
		"a comment before a header of other names": {"# cards\nKartennummer;Gültig bis;E-Mail\n1;2;3\n", "which seems to be 1 line below"},
		"each line in quotes":                      {strings.Repeat("\""+header+"\"\n", 3), "each line stands in quotes as a whole"},
		"another header in the middle":             {header + "\n" + row + "\nexp_month,pan,exp_year,email\n" + row + "\n", "cards.csv:3: the line is another header, with columns in another order"},
		"base64":                                   {base64.StdEncoding.EncodeToString([]byte(row+"\n"+row+"\n")) + "\n", "cards.csv: is written in base64; decode it on the way: base64 -di FILE | submit -"},
		"a column twice":                           {header + ", pan \n", "cards.csv:1: the column pan is there twice"},
		"a missing column":                         {"pan,exp_month,email\n", "the column exp_year is missing; required are pan, exp_month, exp_year, email"},
		"a security code":                          {header + ",cvc\n" + row + ",123\n", `column 5, "cvc", is the card's security code: it must never be stored or sent`},
		"another security code":                    {header + ",Card Security-Code\n", `"Card Security-Code", is the card's security code`},
		"two delimiters":                           {header + ";zip\n", "cards.csv: the header has a comma and a semicolon outside quotes; say with --delimiter"},
		"lines that end in several ways":           {header + "\r" + row + "\n", "the header has a carriage return inside, and other lines end in another way"},
		"a CR inside the header":                   {"pan,\rexp_month\n", "the header has a carriage return inside"},
		"a zero byte":                              {"pan,exp_\x00month\n", "the header has control characters in it"},
		"Latin-1":                                  {"pan,exp_month,exp_year,email,stra\xdfe\n", "cards.csv:1: the header is not UTF-8"},
		"UTF-16 without a mark":                    {"p\x00a\x00n\x00", "cards.csv: is UTF-16 text without a byte order mark; say --encoding utf-16le"},
		"half a character":                         {utf16(header+"\n"+row) + "x", "cards.csv: ends in the middle of a character of UTF-16"},
		"a delimiter of sep= that is not taken":    {"sep=:\n" + strings.ReplaceAll(header+"\n"+row, ",", ":"), "cards.csv:1: the line sep= names a delimiter that is not taken"},
		"rows in quotes":                           {`"` + header + "\"\n\"" + row + `"`, "cards.csv:1: each line stands in quotes as a whole"},
		"JSON over several lines":                  {"{\n  \"pan\": \"" + testPAN + "\"\n}\n", "cards.csv: is JSON with an object over several lines; write one JSON object on each line, such as with: jq -c . FILE"},
		"JSON over several lines from the second":  {`{"pan": "` + testPAN + "\",\n \"exp_month\": 1}\n", "jq -c . FILE"},
		"PGP": {"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "cards.csv: is encrypted with PGP"},
		"columns of a fixed width": {
			"5204731600014784          1229ANA EXAMPLE         \n5186001700008785          0130BEN EXAMPLE, JR.    \n",
			"cards.csv:1: the columns have a fixed width and no delimiter between them",
		},
		"columns of a fixed width with a head and an end": {
			"H20261126\n" + strings.Repeat("5204731600014784          1229ANA EXAMPLE         \n", 3) + "T3\n", "the columns have a fixed width",
		},
		"columns kept apart by blanks":      {"pan               exp_month  email\n5204731600014784  12         ana@example.com\n", "the columns have a fixed width"},
		"records without any end of a line": {strings.Repeat("5204731600014784          1229ANA EXAMPLE         ", 2000), "a file of fixed records without line ends needs both"},
		"half a gzip file":                  {"\x1f\x8b\x08\x00", "cards.csv: ends in the middle of what is compressed"},
		"bzip2":                             {"BZh91AY&SY", "cards.csv: is compressed in a way that is not known here; unpack it first"},
		"a JSON array":                      {`[{"pan":"` + testPAN + `"}]`, "cards.csv: begins with [ as a JSON array does; write one JSON object on each line"},
		"a workbook":                        {"PK\x03\x04\x14", "cards.csv: is a zip archive, as spreadsheets (xlsx, ods) are too"},
		"a header without end":              {strings.Repeat("x", 100<<10), "cards.csv:1: the header: the line is longer than 64 KiB"},
		"a quote in the header":             {`pan,exp"month` + "\n" + row, "cards.csv:1: the header: a double quote"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			queue := &fakeQueue{}
			summary, err := bulk.Submit(t.Context(), source(c.text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, options(t))

			var fault *cardfile.FileError

			require.ErrorAs(t, err, &fault)
			require.ErrorContains(t, err, c.want)
			require.False(t, pan.Contains(err.Error()))
			require.Empty(t, summary)
			require.Empty(t, queue.jobs)
		})
	}
}

func TestASourceThatCannotBeReadIsReported(t *testing.T) {
	t.Parallel()

	broken := cardfile.Source{Reader: iotest.ErrReader(errors.New("disk on fire")), Name: "cards.csv"}
	_, err := bulk.Submit(t.Context(), broken, bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, options(t))
	require.EqualError(t, err, "reading cards.csv: disk on fire")

	_, _, err = cardfile.Open(t.TempDir())
	require.ErrorContains(t, err, "is a directory")

	_, _, err = cardfile.Open("/no/such/file.csv")
	require.ErrorContains(t, err, "opening the file of cards: open /no/such/file.csv")
}

func TestSettingsThatCannotBe(t *testing.T) {
	t.Parallel()

	good := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}

	for name, c := range map[string]struct {
		to     bulk.Destination
		change func(*bulk.Options)
		want   string
	}{
		"no program":            {good, func(o *bulk.Options) { o.Program = "" }, `program "" must be 1 to 32 of a-z 0-9 -`},
		"a program in capitals": {good, func(o *bulk.Options) { o.Program = "Demo" }, `program "Demo"`},
		"no batch":              {good, func(o *bulk.Options) { o.Batch = "" }, `batch "" is not 1 to 64 of`},
		"a card as batch":       {good, func(o *bulk.Options) { o.Batch = testPAN }, "the batch looks like a card number"},
		"a batch size":          {good, func(o *bulk.Options) { o.BatchSize = 501 }, "batch size 501 is not 1 to 500"},
		"a time that is past":   {good, func(o *bulk.Options) { o.NotAfter = today() }, "not after 2026-06-15T12:00:00Z is past"},
		"no destination":        {bulk.Destination{}, func(*bulk.Options) {}, "a sealer and a queue are needed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			c.change(&o)

			_, err := bulk.Submit(t.Context(), source(header+"\n"+row), c.to, o)
			require.ErrorContains(t, err, "submitting cards.csv: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}
