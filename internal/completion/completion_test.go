package completion_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/completion"
	"enroll.example/clicktopay/internal/devcli"
)

// asked is a line of words, the last of which is completed.
type asked struct {
	words string
	has   []string
	lacks []string
}

func cases() map[string]asked {
	return map[string]asked{
		"a command":                       {"submit sta", []string{"status"}, []string{"watch", "stata"}},
		"all commands":                    {"submit ", []string{"status", "watch", "completion"}, []string{"--json"}},
		"a flag of the command left out":  {"submit --not", []string{"--not-after"}, nil},
		"a flag of a command":             {"submit outcomes --for", []string{"--format"}, []string{"--not-after"}},
		"behind another flag's value":     {"submit --program gold --not", []string{"--not-after"}, nil},
		"a value that is named as a flag": {"submit --program status --not", []string{"--not-after"}, nil},
		"a command behind a flag":         {"submit --log-level info sta", []string{"status"}, nil},
		"the values of a flag":            {"submit --log-format ", []string{"text", "json"}, []string{"status"}},
		"the levels of the log":           {"worker run --log-level ", []string{"debug", "info", "warn", "error"}, nil},
		"no command behind an argument":   {"submit status B1 wat", nil, []string{"watch"}},
		"a command below a command":       {"worker migrate ", []string{"up", "down"}, []string{"run"}},
		"a flag of a command below":       {"worker migrate down --y", []string{"--yes"}, nil},
		"the shells":                      {"sandbox completion ", []string{"bash", "zsh", "fish"}, []string{"pans"}},
		"a short flag":                    {"submit outcomes B1 -", []string{"-o"}, nil},
		"no flag of other commands":       {"sandbox pans --", []string{"--json"}, []string{"--sandbox-keys"}},
	}
}

// Bash is on every machine that runs these tests; the other shells are asked where they are installed.
func TestShellsComplete(t *testing.T) {
	t.Parallel()

	for shell, ask := range map[string]func(t *testing.T, script string, words []string) string{
		"bash": askBash, "zsh": askZsh, "fish": askFish,
	} {
		if _, err := exec.LookPath(shell); err != nil && shell != "bash" {
			continue
		}

		for name, c := range cases() {
			t.Run(shell+" "+name, func(t *testing.T) {
				t.Parallel()

				words := strings.Split(c.words, " ")
				found := strings.Fields(ask(t, script(t, shell, words[0]), words))

				for _, word := range c.has {
					require.Contains(t, found, word)
				}

				for _, word := range c.lacks {
					require.NotContains(t, found, word)
				}
			})
		}
	}
}

func TestBashTakesAFlagAndItsValueApart(t *testing.T) {
	t.Parallel()

	require.Equal(t, "json\n", askBash(t, script(t, "bash", "submit"), []string{"submit", "--log-format", "=", "j"}))
	require.Equal(t, "text\njson\n", askBash(t, script(t, "bash", "submit"), []string{"submit", "--log-format", "="}))
	require.Equal(t, "status\n", askBash(t, script(t, "bash", "submit"), []string{"submit", "--log-format", "=", "json", "sta"}))
}

// script is the file of a program's script.
func script(t *testing.T, shell, program string) string {
	t.Helper()

	for _, known := range devcli.Programs() {
		if known.Name != program {
			continue
		}

		model, err := known.Model()
		require.NoError(t, err)

		write := map[string]func(*kong.Application) string{"bash": completion.Bash, "zsh": completion.Zsh, "fish": completion.Fish}
		file := filepath.Join(t.TempDir(), "script")
		require.NoError(t, os.WriteFile(file, []byte(write[shell](model)), 0o600))
		said(t, shell, "-n", file)

		return file
	}

	t.Fatalf("no program %s", program)

	return ""
}

func askBash(t *testing.T, script string, words []string) string {
	t.Helper()

	return said(t, "bash", append([]string{"--norc", "-c", `
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
"_$1"
printf '%s\n' "${COMPREPLY[@]}"`, "ask", script}, words...)...)
}

// askZsh puts functions in the place of what zsh offers to completions, which print what they are given.
func askZsh(t *testing.T, script string, words []string) string {
	t.Helper()

	return said(t, "zsh", append([]string{"-fc", `
compdef() { }
compset() { }
compadd() { print -l -- "$@" }
_files() { print FILES }
_message() { }
_describe() {
    local name=${@[-1]}
    for line in "${(P@)name}"; do [[ $line != ${words[CURRENT]}* ]] || print -r -- "${line%%:*}"; done
}
source $1; shift
words=("$@") CURRENT=$#
"_$1"`, "ask", script}, words...)...)
}

func askFish(t *testing.T, script string, words []string) string {
	t.Helper()

	out := said(t, "fish", "--no-config", "-c", "source "+script+"; complete -C "+strconv.Quote(strings.Join(words, " ")))

	var found strings.Builder
	for line := range strings.Lines(out) {
		word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
		found.WriteString(word + "\n")
	}

	return found.String()
}

func said(t *testing.T, name string, args ...string) string {
	t.Helper()

	var out, log bytes.Buffer

	command := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	command.Dir, command.Stdout, command.Stderr = t.TempDir(), &out, &log
	command.Env = append(os.Environ(), "HOME="+command.Dir)
	require.NoError(t, command.Run(), log.String())
	require.Empty(t, log.String())

	return out.String()
}
