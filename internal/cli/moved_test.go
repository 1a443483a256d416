package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/workercli"
)

// Scripts still call the commands that the worker had: they end as wrong usage, and one line says what to call instead.
func TestCommandsThatHaveMovedSayWhereTo(t *testing.T) {
	t.Parallel()

	const (
		demo   = "worker: the command demo is part of the program demo now: demo [FILE] (in a checkout: go run ./cmd/demo [FILE])\n"
		keygen = "worker: the command keygen is part of the program demo now: demo keygen DIR (in a checkout: go run ./cmd/demo keygen DIR)\n"
	)

	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"the demo":              {[]string{"demo"}, demo},
		"the demo with a flag":  {[]string{"demo", "--keep"}, demo},
		"the demo with a file":  {[]string{"demo", "postgres://enroll:secret@h/d"}, demo},
		"the help of the demo":  {[]string{"demo", "--help"}, demo},
		"the keys":              {[]string{"keygen", "keys"}, keygen},
		"the keys for programs": {[]string{"keygen", "keys", "--json"}, keygen},
		"the keys of no folder": {[]string{"keygen"}, keygen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, said := ran(&workercli.Worker{}, "worker", c.args...)
			require.Equal(t, 2, code)
			require.Equal(t, c.says, said)
		})
	}

	_, said := ran(&workercli.Worker{}, "worker", "--help")
	require.NotContains(t, said, "demo")

	_, said = ran(&cli.Submit{}, "submit", "demo")
	require.NotContains(t, said, "program demo", "other programs never had it")
}
