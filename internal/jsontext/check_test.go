package jsontext_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/jsontext"
)

func TestBrokenJSONIsNamedByItsLine(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, says string }{
		"a value":                {"{\n}", ""},
		"something behind it":    {"{} more", ""},
		"nothing":                {"", "the file is empty"},
		"blanks":                 {" \n\t", "the file is empty"},
		"a word":                 {"columns", "line 1: the file is not JSON"},
		"a comma too many":       {"{\n \"a\": [1,]\n}", "line 2: the file is not JSON"},
		"a colon too few":        {"{\n\n\"a\" 7}", "line 3: the file is not JSON"},
		"half an object":         {"{\"a\": [\n", "line 2: the file ends in the middle"},
		"half a text":            {"\"a", "line 1: the file ends in the middle"},
		"an end on its own line": {"{\n\"a\": 1\n\n", "line 4: the file ends in the middle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := jsontext.Check([]byte(c.text))
			if c.says == "" {
				require.NoError(t, err)
				return
			}

			require.ErrorContains(t, err, c.says)
		})
	}
}

// Check agrees with the decoder, and never names a line that the text does not have.
func FuzzCheck(f *testing.F) {
	for _, text := range []string{"", "{}", "{\"a\":", "[1,]", "\n\n}", "1 2", "\"\xff\""} {
		f.Add([]byte(text))
	}

	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) {
			require.NoError(t, jsontext.Check(text))
		}

		require.LessOrEqual(t, jsontext.LineAt(text, int64(len(text))+1), len(text)+1)
	})
}
