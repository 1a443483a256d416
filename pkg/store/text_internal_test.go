package store

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

func TestText(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ in, want string }{
		"fits":                       {"abc", "abc"},
		"too long":                   {"abcdefghijk", "abcdefghij"},
		"counted in characters":      {"äöüäöüäöüäöü", "äöüäöüäöüä"},
		"a NUL":                      {"a\x00b", "a\uFFFDb"},
		"not UTF-8":                  {"a\xff\xfeb", "a\uFFFDb"},
		"half a character":           {"a\xe4", "a\uFFFD"},
		"nothing":                    {"", ""},
		"huge and not even UTF-8":    {strings.Repeat("\xff", 1<<20), "\uFFFD"},
		"digits of our own are kept": {"1234567890", "1234567890"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, sanitize(c.in, 10))
		})
	}
}

func TestForeign(t *testing.T) {
	t.Parallel()

	const number = "5204731600014784"

	for name, c := range map[string]struct{ in, want string }{
		"a card":                      {number, "************4784"},
		"a card across the cut":       {"0123456789 x" + number, "0123456789 x********"},
		"a card after the cut":        {strings.Repeat("x", 30) + number, strings.Repeat("x", 20)},
		"a card after invalid bytes":  {strings.Repeat("\xff", 1<<10) + number, "\uFFFD************4784"},
		"a card at the end of a huge": {strings.Repeat("ä", 1<<20) + number, strings.Repeat("ä", 20)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, sanitizeExternal(c.in, 20))
		})
	}
}

func FuzzForeign(f *testing.F) {
	f.Add("card 5204 7316-00014784 declined", 12)
	f.Add("\xff\x00ä", 1)
	f.Add("95204731600014784000", 18)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = int(uint(limit) % (2 * maxMessage))

		got := sanitizeExternal(s, limit)
		if !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Fatal("Postgres cannot hold it")
		}

		if utf8.RuneCountInString(got) > limit {
			t.Fatal("too long")
		}

		if pan.Contains(got) {
			t.Fatal("a card number is left")
		}
	})
}
