package pan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

const testPAN = "5204731600014784"

func TestParse(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"a valid number":      {testPAN, nil},
		"twenty digits":       {"52047316000147840000", nil},
		"nothing":             {"", pan.ErrEmpty},
		"spaces":              {"5204 7316 0001 4784", pan.ErrDigits},
		"non-ASCII digits":    {"520473160001478４", pan.ErrDigits},
		"fifteen digits":      {"520473160001478", pan.ErrLength},
		"twenty-one digits":   {"520473160001478400000", pan.ErrLength},
		"a wrong check digit": {"5204731600014780", pan.ErrLuhn},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			n, err := pan.Parse(c.in)
			require.ErrorIs(t, err, c.want)
			if err == nil {
				require.Equal(t, c.in, n.Reveal())
			} else {
				require.True(t, n.IsZero())
			}
		})
	}
}

// A number must stay hidden in every way Go has of writing a value, nested ones included.
func TestNumberHidesItself(t *testing.T) {
	t.Parallel()

	n, err := pan.Parse(testPAN)
	require.NoError(t, err)

	type exported struct{ Number pan.Number }
	type unexported struct{ number pan.Number }

	var out bytes.Buffer

	for _, v := range []any{
		n, &n, exported{n}, &exported{n}, unexported{n}, &unexported{n},
		[]pan.Number{n}, map[string]pan.Number{"x": n}, fmt.Errorf("card %v", n),
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}

		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)

		b, err := json.Marshal(v)
		require.NoError(t, err)
		out.Write(b)
	}

	b, err := json.Marshal(map[pan.Number]int{n: 1})
	require.NoError(t, err)
	out.Write(b)

	require.NotContains(t, out.String(), testPAN)
	require.NotContains(t, strings.ToLower(out.String()), fmt.Sprintf("%x", testPAN))
	require.Contains(t, out.String(), "520473******4784")
}

func TestTruncation(t *testing.T) {
	t.Parallel()

	n := pan.Unchecked(testPAN)
	require.Equal(t, "520473", n.First6())
	require.Equal(t, "4784", n.Last4())

	short := pan.Unchecked("123456789")
	require.Empty(t, short.First6(), "six and four of a short value would be most of it")
	require.Empty(t, short.Last4())
	require.Equal(t, "*********", short.String())
}

func TestMaskText(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ in, want string }{
		"a number in a sentence":   {"card 5204731600014784 declined", "card ************4784 declined"},
		"spaces":                   {"5204 7316 0001 4784", "**** **** **** 4784"},
		"hyphens":                  {"5204-7316-0001-4784.", "****-****-****-4784."},
		"inside a longer run":      {"id 995204731600014784", "id **************4784"},
		"two numbers":              {"5204731600014784,5186001700008785", "************4784,************8785"},
		"fails Luhn":               {"5204731600014780", "5204731600014780"},
		"milliseconds since 1970":  {"1767322245677", "1767322245677"},
		"a UUID":                   {"8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de"},
		"a dot between":            {"52047316.00014784", "********.****4784"},
		"two spaces between":       {"52047316  00014784", "********  ****4784"},
		"entities between":         {"5204&nbsp;7316&#32;0001&#x20;4784", "****&nbsp;****&#32;****&#x20;4784"},
		"percent between":          {"5204%207316%200001%204784", "****%20****%20****%204784"},
		"digits of another script": {"٥٢٠٤٧٣١٦٠٠٠١٤٧٨٤ x", "************٤٧٨٤ x"},
		"full-width digits":        {"５２０４ ７３１６ ０００１ ４７８４", "**** **** **** ４７８４"},
		"a letter ends a run":      {"52047316x00014784", "52047316x00014784"},
		"nothing":                  {"", ""},
		"a separator at the end":   {"5204731600014784-", "************4784-"},
		"a number of thirteen":     {"4222222222222", "*********2222"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, pan.MaskText(c.in))
			require.Equal(t, c.in != c.want, pan.Contains(c.in))
		})
	}
}

func TestCheckDigit(t *testing.T) {
	t.Parallel()
	require.Equal(t, byte('4'), pan.CheckDigit("520473160001478"))
	require.Equal(t, byte('0'), pan.CheckDigit("0"))
}

func FuzzMaskText(f *testing.F) {
	f.Add("card 5204 7316-00014784, 52047316")
	f.Add("5204&nbsp;7316%20\\u0030001&#52;784, ٥٢٠٤٧٣١٦٠٠٠١٤٧٨٤")
	f.Fuzz(func(t *testing.T, text string) {
		masked := pan.MaskText(text)
		if before, after := utf8.RuneCountInString(text), utf8.RuneCountInString(masked); before != after {
			t.Fatalf("length changed: %d to %d characters", before, after)
		}
		if pan.Contains(masked) {
			t.Fatal("a number survived masking")
		}
	})
}
