package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/workercli"
)

// What is wrong with a value is said in the command's own words, with what to write, and nothing of it is masked.
func TestWrongValuesSayWhatToWrite(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"a time in words":            {[]string{"--not-after", "tomorrow"}, `--not-after: "tomorrow" is no time in RFC 3339, such as 2026-11-27T18:00:00Z`},
		"a time that has passed":     {[]string{"--not-after", "2020-01-01T00:00:00Z"}, "--not-after: 2020-01-01T00:00:00Z has passed"},
		"a duration without a unit":  {[]string{"--give-up-after", "10"}, `--give-up-after: "10" has no unit; write such as 10m`},
		"a duration in words":        {[]string{"--give-up-after", "soon"}, `--give-up-after: "soon" is no duration, such as 90s, 10m or 24h`},
		"a negative number":          {[]string{"--rate", "-1"}, "--rate: -1 must not be negative"},
		"a negative number, with =":  {[]string{"--rate=-1"}, "--rate: -1 must be 0 or more"},
		"a program in capitals":      {[]string{"--program", "Gold"}, `--program: "Gold" must be 1 to 32 of a-z 0-9 -`},
		"a level that is none":       {[]string{"--log-level", "loud"}, `--log-level: "loud" is none of debug, info, warn, error`},
		"a queue by http":            {[]string{"--nats-url", "http://127.0.0.1:4222"}, "an address is such as nats://HOST:4222 (or tls, ws, wss)"},
		"a queue without an address": {[]string{"--nats-url="}, "--nats-url: is empty; write an address such as nats://HOST:4222"},
		"a database without a host":  {[]string{"--database-url", "postgres:///x"}, "such as postgres://HOST:5432/DATABASE?user=USER&passfile=FILE"},
	} {
		code, said := ran(&cli.Submit{}, "submit", append([]string{"-", "--batch", "b"}, c.args...)...)
		require.Equal(t, 2, code, "%s: %s", name, said)
		require.Contains(t, said, c.says, name)
	}

	_, said := ran(&workercli.Worker{}, "worker", "run")
	require.Contains(t, said, "--encryption-key-file: is missing; give it, or --encryption-key-url")
}
