package mapping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/pkg/pan"
)

func known() []string {
	return []string{"pan", "exp_month", "exp_year", "email", "phone_country", "phone_number", "language", "country"}
}

const example = `{
  "columns": [
    {"from":"Kartennummer","to":"pan","as":"digits"},
    {"from":"Gültig bis","to":["exp_month","exp_year"],"as":"MM/YY"},
    {"from":"E-Mail & mehr","to":"email"}
  ],
  "constants": {"country":"DE","language":"de"},
  "ignore": ["Filiale"]
}
`

// A trailer is written and read again, and one of no form is named.
func TestTrailer(t *testing.T) {
	t.Parallel()

	m, err := mapping.Parse([]byte(`{"columns": [], "trailer": "T;{rows}"}`), known())
	require.NoError(t, err)
	require.Equal(t, "T;{rows}", m.Trailer)

	text, err := m.Encode()
	require.NoError(t, err)

	again, err := mapping.Parse(text, known())
	require.NoError(t, err)
	require.Equal(t, m.Trailer, again.Trailer)

	_, err = mapping.Parse([]byte(`{"trailer": "T;{sum}"}`), known())
	require.ErrorContains(t, err, "trailer: {sum} is not known")
}

// Texts that stand for no value are written and read again.
func TestNull(t *testing.T) {
	t.Parallel()

	m, err := mapping.Parse([]byte(`{"null": ["\\N", " NULL "]}`), known())
	require.NoError(t, err)
	require.Equal(t, []string{`\N`, "NULL"}, m.Null)

	text, err := m.Encode()
	require.NoError(t, err)

	again, err := mapping.Parse(text, known())
	require.NoError(t, err)
	require.Equal(t, m.Null, again.Null)

	_, err = mapping.Parse([]byte(`{"null": ["x", ""]}`), known())
	require.ErrorContains(t, err, "null[1] is empty")
	_, err = mapping.Parse([]byte(`{"null": ["5204731600014784"]}`), known())
	require.ErrorContains(t, err, "null[0]: a card number has no place in a mapping file")
	_, err = mapping.Parse([]byte(`{"null": "NULL"}`), known())
	require.ErrorContains(t, err, "null is no list")
}

func TestParse(t *testing.T) {
	t.Parallel()

	want := mapping.Mapping{
		Columns: []mapping.Column{
			{From: "Kartennummer", To: mapping.Names{"pan"}, As: "digits"},
			{From: "Gültig bis", To: mapping.Names{"exp_month", "exp_year"}, As: "MM/YY"},
			{From: "E-Mail & mehr", To: mapping.Names{"email"}},
		},
		Constants: map[string]string{"country": "DE", "language": "de"},
		Ignore:    []string{"Filiale"},
	}

	found, err := mapping.Parse([]byte(example), known())
	require.NoError(t, err)
	require.Equal(t, want, found)

	text, err := want.Encode()
	require.NoError(t, err)
	require.Equal(t, strings.Split(example, "\n"), strings.Split(string(text), "\n"), "what is written is what was read")

	for name, text := range map[string]string{"nothing to say": `{}`, "empty lists": `{"columns": [], "constants": {}, "ignore": []}`} {
		_, err := mapping.Parse([]byte(text), known())
		require.NoError(t, err, name)
	}
}

// Each of these is refused in words that say where it is wrong and what is allowed there.
func TestMappingsThatAreRefused(t *testing.T) {
	t.Parallel()

	column := func(text string) string { return `{"columns": [` + text + `]}` }

	for name, c := range map[string]struct{ text, want string }{
		"nothing":                  {``, "is empty"},
		"blanks":                   {" \n", "is empty"},
		"no JSON":                  {`columns`, "line 1: the file is not JSON"},
		"a comma too many":         {"{\n  \"ignore\": [\"a\",]\n}", "line 2: the file is not JSON"},
		"a list":                   {`[]`, "the file is no JSON object"},
		"half a file":              {"{\"columns\": [\n", "line 2: the file ends in the middle"},
		"two files":                {`{}{}`, "the file has something behind its end"},
		"an unknown member":        {`{"column": []}`, `the file has a member "column" that is not known; known are columns, constants, ignore`},
		"a member twice":           {`{"ignore": [], "ignore": []}`, `the file has the member "ignore" twice`},
		"columns of no list":       {`{"columns": {}}`, "columns is no list"},
		"a column of no object":    {column(`"pan"`), "columns[0] is no JSON object"},
		"an unknown member inside": {column(`{"from": "a", "to": "pan"}, {"form": "b"}`), `columns[1] has a member "form" that is not known; known are as, from, to`},
		"a number for a name":      {column(`{"from": 1, "to": "pan"}`), "columns[0].from is no text in double quotes"},
		"null for a name":          {column(`{"from": null, "to": "pan"}`), "columns[0].from is no text"},
		"no from":                  {column(`{"to": "pan"}`), `columns[0] needs "from"`},
		"no to":                    {column(`{"from": "a", "to": []}`), `"to", what it feeds`},
		"an unknown column":        {column(`{"from": "a", "to": "PAN"}`), `columns[0].to: "PAN" is not known; known are pan, exp_month`},
		"a security code":          {column(`{"from": "a", "to": "cvc"}`), `"cvc" is not known`},
		"an unknown conversion":    {column(`{"from": "a", "to": "pan", "as": "number"}`), `columns[0].as: "number" is not known; known are digits, YY, MM/YY, YY/MM, DD/MM/YYYY, MM/DD/YYYY, phone, country, language`},
		"two and no conversion":    {column(`{"from": "a", "to": ["exp_month", "exp_year"]}`), `feeds several columns and needs "as"`},
		"the wrong order":          {column(`{"from": "a", "to": ["exp_year", "exp_month"], "as": "MM/YY"}`), `"MM/YY" feeds exp_month, exp_year, in this order`},
		"the wrong column":         {column(`{"from": "a", "to": "email", "as": "digits"}`), `"digits" feeds one of pan, phone_number, phone_country`},
		"a column from twice":      {column(`{"from": "a", "to": "pan"}, {"from": "a", "to": "email"}`), `columns[1].from: "a" is there twice`},
		"a column fed twice":       {column(`{"from": "a", "to": "pan"}, {"from": "b", "to": "pan"}`), "columns[1].to: pan is fed by another column too"},
		"a constant that is fed":   {`{"columns": [{"from": "a", "to": "country"}], "constants": {"country": "DE"}}`, "constants.country: a column of the file feeds it too"},
		"an unknown constant":      {`{"constants": {"land": "DE"}}`, `constants: "land" is not known; known are pan`},
		"an empty constant":        {`{"constants": {"country": " "}}`, "constants.country is empty"},
		"a number as constant":     {`{"constants": {"country": 49}}`, "constants.country is no text in double quotes"},
		"a card for everybody":     {`{"constants": {"pan": "1"}}`, "a card number has no place in a mapping file"},
		"a card in a constant":     {`{"constants": {"email": "5204731600014784"}}`, "a card number has no place in a mapping file"},
		"mapped and ignored":       {`{"columns": [{"from": "a", "to": "pan"}], "ignore": ["a"]}`, `ignore[0]: "a" is in columns too`},
		"a large file":             {`{"ignore": ["` + strings.Repeat("x", 2<<20) + `"]}`, "is larger than 1 MiB"},
		"a card as a name":         {column(`{"from": "a", "to": "5204731600014784"}`), `columns[0].to: "************4784" is not known`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := mapping.Parse([]byte(c.text), known())
			require.ErrorContains(t, err, c.want)
			require.False(t, pan.Contains(err.Error()))
		})
	}
}

func TestEverythingThatIsWrongIsSaid(t *testing.T) {
	t.Parallel()

	_, err := mapping.Parse([]byte(`{"columns": [{"from": "a", "to": "x"}, {"to": "pan"}], "constants": {"y": "1"}}`), known())
	require.ErrorContains(t, err, "columns[0].to")
	require.ErrorContains(t, err, "columns[1]")
	require.ErrorContains(t, err, "constants")
}

func TestLoad(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "map.json")
	_, err := mapping.Load(path, known())
	require.ErrorContains(t, err, "opening the mapping file: open "+path)

	require.NoError(t, os.WriteFile(path, []byte(`{"columns": 1}`), 0o600))
	_, err = mapping.Load(path, known())
	require.EqualError(t, err, "the mapping file "+path+": columns is no list, [ ... ]")

	require.NoError(t, os.WriteFile(path, []byte(example), 0o600))
	found, err := mapping.Load(path, known())
	require.NoError(t, err)
	require.Len(t, found.Columns, 3)
}

// What is accepted can be written and read again, and no error holds a card number.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{example, `{}`, `{"columns":[{"from":"a","to":["pan"]}]}`, `{"constants":{"email":"5204731600014784"}}`, `{"ignore":["\ud800"]}`} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, text string) {
		found, err := mapping.Parse([]byte(text), known())
		if err != nil {
			require.False(t, pan.Contains(err.Error()))
			return
		}

		written, err := found.Encode()
		require.NoError(t, err)

		again, err := mapping.Parse(written, known())
		require.NoError(t, err)

		if found.Columns == nil {
			found.Columns = again.Columns
		}

		require.Len(t, again.Constants, len(found.Constants))
		require.Len(t, again.Ignore, len(found.Ignore))
		require.Equal(t, found.Columns, again.Columns)
	})
}
