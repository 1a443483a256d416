package text_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"enroll.example/clicktopay/internal/bulk/text"
)

const people = "name,city\nJürgen Groß,Köln\nAna,Bern\nJürgen,Bärn\n"

func written(t *testing.T, in *charmap.Charmap, content string) string {
	t.Helper()

	bytes, err := in.NewEncoder().String(content)
	require.NoError(t, err)

	return bytes
}

func TestATextIsReadInTheEncodingThatIsNamed(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		in      *charmap.Charmap
		content string
	}{
		"latin1":       {charmap.Windows1252, people},
		"ISO 8859-15":  {charmap.ISO8859_15, people + "50 €"},
		"cp850":        {charmap.CodePage850, people},
		"IBM850":       {charmap.CodePage850, people},
		"cp437":        {charmap.CodePage437, people},
		"mac-roman":    {charmap.Macintosh, people},
		"macintosh":    {charmap.Macintosh, people},
		"windows-1250": {charmap.Windows1250, "Łódź, Škoda"},
		"cp852":        {charmap.CodePage852, "Łódź, Škoda"},
		"cp1251":       {charmap.Windows1251, "Анна, Москва"},
		"koi8-r":       {charmap.KOI8R, "Анна, Москва"},
		"cp866":        {charmap.CodePage866, "Анна, Москва"},
		"latin5":       {charmap.ISO8859_9, "İstanbul, Çağ"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			encoding, err := text.ParseEncoding(name)
			require.NoError(t, err)

			opened, err := text.Open(strings.NewReader(written(t, c.in, c.content)), encoding)
			require.NoError(t, err)
			t.Cleanup(opened.Close)

			content, err := io.ReadAll(opened)
			require.NoError(t, err)
			require.Equal(t, c.content, string(content))
		})
	}
}

func TestEveryNameOfAnEncodingIsTaken(t *testing.T) {
	t.Parallel()

	for _, name := range text.EncodingNames() {
		encoding, err := text.ParseEncoding(strings.ToUpper(name))
		require.NoError(t, err)
		require.Equal(t, name, string(encoding))

		_, err = text.Open(strings.NewReader("pan,exp_month\n"), encoding)
		if !strings.HasPrefix(name, "utf-16") {
			require.NoError(t, err, name)
		}
	}
}

// The first words beyond ASCII show whether the encoding is right.
func TestWordsShowHowATextWasRead(t *testing.T) {
	t.Parallel()

	long := strings.Repeat("ü", 30)

	for name, c := range map[string]struct {
		source   string
		encoding text.Encoding
		want     []string
	}{
		"the right encoding":               {written(t, charmap.CodePage850, people), "cp850", []string{"Jürgen", "Groß", "Köln"}},
		"another encoding":                 {written(t, charmap.CodePage850, people), text.Latin1, []string{"J\uFFFDrgen", "Groá", "K”ln"}},
		"Mac Roman as latin1":              {written(t, charmap.Macintosh, people), text.Latin1, []string{"JŸrgen", "Gro§", "Kšln"}},
		"Cyrillic as latin1":               {written(t, charmap.Windows1251, "Анна"), text.Latin1, []string{"Àííà"}},
		"fewer words than three":           {written(t, charmap.Windows1252, "a,Köln\nb,Köln"), text.Latin1, []string{"Köln"}},
		"a word beside digits":             {written(t, charmap.Windows1252, "5204731600014784ü5204"), text.Latin1, []string{"ü"}},
		"a word longer than any":           {written(t, charmap.Windows1252, long+" Köln"), text.Latin1, []string{"Köln"}},
		"ASCII":                            {"name\nAna\n", text.Latin1, nil},
		"UTF-8, which confirms itself":     {people, text.UTF8, nil},
		"UTF-8 behind a mark":              {"\xef\xbb\xbf" + people, text.Latin1, nil},
		"UTF-16, which confirms itself":    {utf16(people, ""), text.UTF16BE, nil},
		"UTF-16 behind a mark, and latin1": {utf16(people, "\xff\xfe"), text.Latin1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for _, reader := range []io.Reader{strings.NewReader(c.source), iotest.OneByteReader(strings.NewReader(c.source))} {
				opened, err := text.Open(reader, c.encoding)
				require.NoError(t, err)
				t.Cleanup(opened.Close)

				_, err = io.Copy(io.Discard, opened)
				require.NoError(t, err)
				require.Equal(t, c.want, opened.Assumed().Words)
			}
		})
	}
}

func TestWordsThatAreNotUTF8AreReadInTheLikelyEncodings(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		in   *charmap.Charmap
		want text.Reading
	}{
		"latin1":       {charmap.Windows1252, text.Reading{Encoding: "latin1", Words: []string{"Jürgen", "Groß", "Köln"}}},
		"cp850":        {charmap.CodePage850, text.Reading{Encoding: "cp850", Words: []string{"Jürgen", "Groß", "Köln"}}},
		"Mac Roman":    {charmap.Macintosh, text.Reading{Encoding: "macroman", Words: []string{"Jürgen", "Groß", "Köln"}}},
		"Windows-1251": {charmap.Windows1251, text.Reading{Encoding: "windows-1251", Words: []string{"Анна", "Москва"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			content := "Jürgen Groß,Köln"
			if c.in == charmap.Windows1251 {
				content = "Анна,Москва"
			}

			require.Contains(t, text.Readings(strings.Split(written(t, c.in, content), ",")), c.want)
		})
	}

	require.Empty(t, text.Readings([]string{"Jürgen", "Ana", ""}), "these are UTF-8")

	for _, reading := range text.Readings([]string{written(t, charmap.CodePage850, "Jürgen")}) {
		require.NotEqual(t, text.Latin1, reading.Encoding, "latin1 has no letter there")
	}
}
