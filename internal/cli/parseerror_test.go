package cli_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/workercli"
)

// A mistake in the arguments is said in a sentence, with what can be given instead, and with the command whose help tells more.
func TestAMistakeInTheArgumentsIsExplained(t *testing.T) {
	t.Setenv("ENROLL_DATABASE_URL", "")
	t.Setenv("ENROLL_INTAKE_KEY_FILE", "")
	t.Setenv("ENROLL_SANDBOX_KEYS", "")
	require.NoError(t, os.Unsetenv("ENROLL_SANDBOX_KEYS")) // t.Setenv puts it back

	for args, want := range map[string]string{
		"submit": "submit: FILE is missing; or name a command: generate, inspect, status, pause, resume, job, codes, watch, outcomes, " +
			"batches, cancel, redrive, resolve, announce, acts, completion\ntry: submit --help\n",
		"submit outcomes":              "submit: BATCH is missing\ntry: submit outcomes --help\n",
		"submit outcomes a b":          "submit: unexpected argument b\ntry: submit outcomes --help\n",
		"submit outcomes a --foo":      "submit: unknown flag --foo\ntry: submit outcomes --help\n",
		"submit a.csv --foo":           "submit: unknown flag --foo\ntry: submit file --help\n",
		"submit outcomes a --format x": "submit: --format: \"x\" is none of csv, jsonl\ntry: submit outcomes --help\n",
		"submit redrive --status x":    "submit: --status: \"x\" is none of dead, invalid, in_doubt\ntry: submit redrive --help\n",
		"submit resolve J":             "submit: --as or ENROLL_AS is missing: one of enrolled, not-enrolled, resend\ntry: submit resolve --help\n",
		"submit generate":              "submit: N is missing\ntry: submit generate --help\n",
		"submit generate x":            "submit: N: \"x\" is no whole number\ntry: submit generate --help\n",
		"submit generate -5":           "submit: -5 is negative; a number from 1 on is meant\ntry: submit generate --help\n",
		"submit generate 5 --bad x":    "submit: --bad: \"x\" is no number\ntry: submit generate --help\n",
		"submit batches --limit 1.5":   "submit: --limit: \"1.5\" is no whole number\ntry: submit batches --help\n",
		"submit completion":            "submit: SHELL is missing: one of bash, zsh, fish\ntry: submit completion --help\n",
		"submit completion tcsh":       "submit: shell: \"tcsh\" is none of bash, zsh, fish\ntry: submit completion --help\n",
		"submit batches": "submit: --database-url: is missing\n" +
			"(flags can be given as environment variables, too: --database-url is ENROLL_DATABASE_URL)\n",
		"submit - --batch b --program p": "submit: wrong settings:\n--database-url: is missing\n--intake-key-file: is missing\n" +
			"(flags can be given as environment variables, too: --database-url is ENROLL_DATABASE_URL)\n",
		"submit pause":       "submit: PROGRAM: is missing; or give --all\n",
		"worker migrate":     "worker: a command is missing; there are: up, down, status\ntry: worker migrate --help\n",
		"worker migrate upp": "worker: unexpected argument upp, did you mean \"up\"?\ntry: worker migrate --help\n",
		"worker run extra":   "worker: unexpected argument extra\ntry: worker run --help\n",
		"sandbox":            "sandbox: --sandbox-keys or ENROLL_SANDBOX_KEYS is missing\ntry: sandbox --help\n",
		"sandbox pan":        "sandbox: unexpected argument pan, did you mean \"pans\"?\ntry: sandbox serve --help\n",
	} {
		words := strings.Fields(args)
		grammar := map[string]any{"submit": &cli.Submit{}, "worker": &workercli.Worker{}, "sandbox": &devcli.Sandbox{}}[words[0]]

		code, said := ran(grammar, words[0], words[1:]...)
		require.Equal(t, 2, code, "%s: %s", args, said)
		require.Equal(t, want, said, args)
	}
}
