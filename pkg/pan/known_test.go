package pan_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

func timestamp(seconds int64, nanos uint32) time.Time {
	const end = 2_208_988_800 // 2040

	return time.Unix((seconds%end+end)%end, int64(nanos%1_000_000_000)).UTC()
}

// number writes the digits of a number, 13 to 20 of them, in one of the ways that an answer or a careless publisher may have.
type form struct {
	name  string
	write func(random *rand.Rand, digits string) string
}

func each(write func(c byte) string) func(*rand.Rand, string) string {
	return func(_ *rand.Rand, digits string) string {
		var out strings.Builder
		for i := range len(digits) {
			out.WriteString(write(digits[i]))
		}

		return out.String()
	}
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

func forms() []form {
	encodings := []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding}

	return []form{
		{"as it is", func(_ *rand.Rand, digits string) string { return digits }},
		{"separators", func(random *rand.Rand, digits string) string {
			var out strings.Builder
			for i := range len(digits) {
				if out.WriteByte(digits[i]); random.IntN(3) == 0 {
					out.WriteString(pick(random, " ", "-", "\u00a0", "&nbsp;", "%20", "\u200b", "&#160;", "&#xA0;", ".", "_", "/", " - ", "x", "&emsp14;"))
				}
			}

			return out.String()
		}},
		{"another script", func(random *rand.Rand, digits string) string {
			return inScript(digits, pick(random, '０', '٠', '۰', '०', '๐', '\U0001d7ce', '\U0001d7f6', '₀'))
		}},
		{"entities", each(func(c byte) string { return "&#" + strconv.Itoa(int(c)) + ";" })},
		{"padded entities in hex", each(func(c byte) string { return fmt.Sprintf("&#X%05X;", c) })},
		{"percent encoding", each(func(c byte) string { return fmt.Sprintf("%%%02X", c) })},
		{"double percent encoding", each(func(c byte) string { return fmt.Sprintf("%%25%02x", c) })},
		{"backslash u", each(func(c byte) string { return fmt.Sprintf(`\u%04x`, c) })},
		{"backslash x", each(func(c byte) string { return fmt.Sprintf(`\x%02x`, c) })},
		{"octal", each(func(c byte) string { return fmt.Sprintf(`\%03o`, c) })},
		{"quoted-printable", each(func(c byte) string { return fmt.Sprintf("=%02X", c) })},
		{"bytes", func(_ *rand.Rand, digits string) string { return fmt.Sprint([]byte(digits)) }},
		{"percent encoding of full width", func(_ *rand.Rand, digits string) string { return url.QueryEscape(inScript(digits, '０')) }},
		{"surrogates", func(_ *rand.Rand, digits string) string {
			var out strings.Builder
			for _, unit := range utf16.Encode([]rune(inScript(digits, '\U0001d7ce'))) {
				fmt.Fprintf(&out, `\u%04X`, unit)
			}

			return out.String()
		}},
		{"base64", func(random *rand.Rand, digits string) string {
			around := func() string { return strings.Repeat("{", random.IntN(4)) }
			return pick(random, encodings...).EncodeToString([]byte(around() + digits + around()))
		}},
		{"base64 in words", func(random *rand.Rand, digits string) string {
			return "see" + strings.Repeat("a", random.IntN(4)) + base64.RawStdEncoding.EncodeToString([]byte(digits)) + "end"
		}},
		{"base64 in lines", func(random *rand.Rand, digits string) string {
			text := base64.StdEncoding.EncodeToString([]byte("card " + digits))
			at := random.IntN(len(text))

			return text[:at] + pick(random, "\n", "\r\n", " ") + text[at:]
		}},
		{"hex", func(_ *rand.Rand, digits string) string { return hex.EncodeToString([]byte(digits)) }},
		{"hex in words", func(_ *rand.Rand, digits string) string { return "a" + hex.EncodeToString([]byte(digits)) + "f" }},
		{"hex with colons", each(func(c byte) string { return fmt.Sprintf("%02X:", c) })},
		{"hex as Go writes it", each(func(c byte) string { return fmt.Sprintf("0x%02x, ", c) })},
		{"UTF-16 in hex", each(func(c byte) string { return fmt.Sprintf("00%02x", c) })},
	}
}

func randomNumber(random *rand.Rand) string {
	digits := make([]byte, 13+random.IntN(8))
	for i := range digits {
		digits[i] = byte('0' + random.IntN(10))
	}

	return string(digits)
}

func randomText(random *rand.Rand) string {
	words := []string{"card ", "declined ", "{\"a\":\"", "é ", "42 ", "<b>", "&amp;", "100% ", "=", "+", `\"`, "x", " ", "*", "ab"}

	var out strings.Builder
	for range random.IntN(6) {
		out.WriteString(pick(random, words...))
	}

	return out.String()
}

// decoded are the texts that a decoder makes of a text: each of the standard library's, of what the others have left.
func decoded(text string, depth int) []string {
	all := []string{text}
	if depth == 0 {
		return all
	}

	next := []string{html.UnescapeString(text), unquoted(text), unhex(text), unbase64(text), ungo(text)}
	if percent, err := url.PathUnescape(text); err == nil {
		next = append(next, percent)
	}

	for _, other := range next {
		if other != text && other != "" {
			all = append(all, decoded(other, depth-1)...)
		}
	}

	return all
}

func unquoted(text string) string {
	if out, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, "") + `"`); err == nil {
		return out
	}

	return ""
}

func unhex(text string) string {
	out, _ := hex.DecodeString(strings.NewReplacer(" ", "", ":", "").Replace(text))
	return string(out)
}

func unbase64(text string) string {
	text = strings.NewReplacer("-", "+", "_", "/", "\n", "", "\r", "", " ", "").Replace(text)

	out, _ := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))

	return string(out)
}

// ungo reads what Go prints of bytes.
func ungo(text string) string {
	var out []byte

	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if code, err := strconv.Atoi(field); err == nil && code >= '0' && code <= '9' {
			out = append(out, byte(code))
		}
	}

	return string(out)
}

// onlyDigits brings back digits of the scripts that forms uses.
func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'0', '０', '٠', '۰', '०', '๐', '\U0001d7ce', '\U0001d7f6', '₀'} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}

		return -1
	}, text)
}

func TestANumberIsFoundAndMaskedInEveryForm(t *testing.T) {
	t.Parallel()

	for _, f := range forms() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()

			random := rand.New(rand.NewPCG(1, 2))

			for range 50 {
				requireMasked(t, random, randomNumber(random), f)
			}
		})
	}
}

func requireMasked(t *testing.T, random *rand.Rand, digits string, f form) {
	t.Helper()

	number := pan.Unchecked(digits)
	text := randomText(random) + " " + f.write(random, digits) + " " + randomText(random)

	require.True(t, number.In(text), "%s: %q", f.name, text)

	kept := number.MaskIn(text)
	require.False(t, number.In(kept), "%s: %q", f.name, kept)

	for _, read := range append(decoded(kept, 2), decoded(strings.TrimSpace(kept), 2)...) {
		require.NotContains(t, onlyDigits(read), digits, "%s: %q became %q", f.name, text, kept)
	}
}

// A random number, in a random form, in a random text, never survives in a form that a decoder brings back.
func FuzzANumberDoesNotSurvive(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, "card ", " declined")
	}

	all := forms()

	f.Fuzz(func(t *testing.T, seed uint64, before, after string) {
		random := rand.New(rand.NewPCG(seed, seed))
		digits := randomNumber(random)
		number := pan.Unchecked(digits)
		text := before + " " + pick(random, all...).write(random, digits) + " " + after
		kept := number.MaskIn(text)

		if number.In(kept) {
			t.Fatalf("%q became %q", text, kept)
		}

		for _, read := range decoded(kept, 2) {
			if strings.Contains(onlyDigits(read), digits) {
				t.Fatalf("%q became %q, which reads %q", text, kept, read)
			}
		}
	})
}

func TestWhatIsNotTheNumberStays(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked(testPAN)

	for name, text := range map[string]string{
		"another number": "card 5186001700008785",
		"first and last": "520473******4784, 520473 4784",
		"the first ten":  "account 5204731600",
		"nothing":        "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.False(t, number.In(text))
			require.Equal(t, text, number.MaskIn(text))
		})
	}

	require.True(t, number.In(testPAN[:15]), "the check digit can be computed")
	require.Equal(t, "***********", number.MaskIn("52047316000"), "eleven digits are more than may be shown")
	require.False(t, pan.Number{}.In(testPAN))
	require.Equal(t, testPAN, pan.Number{}.MaskIn(testPAN))
}
