package spans_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/spans"
)

func TestTraceparent(t *testing.T) {
	t.Parallel()

	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

	for name, c := range map[string]struct{ text, again string }{
		"as it should be":          {good, good},
		"not sampled":              {good[:54] + "0", good[:54] + "0"},
		"of a later version":       {"01" + good[2:] + "-more", good},
		"nothing":                  {"", ""},
		"no trace":                 {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""},
		"no span":                  {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", ""},
		"something behind it":      {good + "-x", ""},
		"in capitals":              {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", ""},
		"a text":                   {"my trace", ""},
		"the number of some card":  {"5204731600014784", ""},
		"cut":                      {good[:40], ""},
		"of a version that is not": {"ff" + good[2:], ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.again, spans.Traceparent(spans.Parse(c.text)))
		})
	}
}

// What is handed on is never what a sender has written: it is written anew, from ids alone.
func FuzzParse(f *testing.F) {
	f.Add("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	f.Fuzz(func(t *testing.T, text string) {
		again := spans.Traceparent(spans.Parse(text))
		if again != "" {
			require.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$", again)
			require.Equal(t, again, spans.Traceparent(spans.Parse(again)))
		}
	})
}
