package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devcli"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/internal/workercli"
)

// Parts of a password; each of them alone would be too much.
const (
	firstPart  = "Zq7x"
	secondPart = "Wv9k"
)

const closedPort = "127.0.0.1:1"

// badAddresses are addresses that lead nowhere or are none, each with a password in it; the first ones are of a scheme.
func badAddresses(scheme string) []string {
	var all []string

	for _, special := range []string{"", "@", "/", "%", ",", " ", ":", "#", "?", "%40"} {
		all = append(all, scheme+"://enroll:"+firstPart+special+secondPart+"@"+closedPort+"/enroll")
	}

	return append(all,
		"jdbc:postgresql://enroll:"+firstPart+"@"+closedPort+"/enroll",
		"nats://enroll:12/"+secondPart+"@"+closedPort,
		"nats://"+firstPart+"@"+closedPort,
		"ws://enroll:12/"+secondPart+"@"+closedPort,
		"postgres://enroll:12/"+secondPart+"@"+closedPort+"/enroll",
		"postgres://enroll:12/"+firstPart+"?"+secondPart+"@"+closedPort+"/enroll",
		"https://enroll:12/"+secondPart+"@"+closedPort+"/api",
		"http://"+closedPort+"/keys?token="+secondPart,
		"postgres://enroll:"+firstPart+"@"+closedPort+"/enroll?sslmode=sometimes",
		"postgres://enroll:"+firstPart+"@"+closedPort+"/enroll?default_query_exec_mode=exec&password="+secondPart,
		"host=127.0.0.1 port=1 dbname=enroll password="+firstPart+" "+secondPart,
		"host=127.0.0.1 port=1 dbname=enroll password='"+firstPart+" "+secondPart+"' sslmode=sometimes",
		"host=127.0.0.1 port=1 dbname=enroll password='"+firstPart+" "+secondPart,
		`"postgres://enroll:`+firstPart+"@"+closedPort+`/enroll"`,
		"enroll:"+firstPart+"@"+closedPort,
	)
}

// Whatever is wrong with an address, no command repeats any part of its password, wherever the address was given.
func TestNoCommandRepeatsAPassword(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	made := newKeys(t, dir)

	cards := filepath.Join(dir, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"), 0o600))

	good := settingsOf(made, map[string]string{
		"nats-url":           "nats://" + closedPort,
		"database-url":       stacktest.Database(t),
		"mastercard-url":     "http://127.0.0.1:1",
		"encryption-key-url": "",
		"health-listen":      "127.0.0.1:0",
		"sandbox-listen":     "no address",
		"sandbox-keys":       string(made),
		"program":            "demo",
		"batch":              "b",
		"as":                 "enrolled",
		"give-up-after":      "1ms",
		"yes":                "false", // no table is dropped, whatever the database
	})
	arguments := map[string]string{"FILE": cards, "N": "1", "dir": filepath.Join(dir, "keys"), "file": filepath.Join(dir, "no such file")}

	for turn, leaf := range leaves(t) {
		for setting, scheme := range map[string]string{
			"nats-url": "nats", "database-url": "postgres", "mastercard-url": "https", "encryption-key-url": "https",
		} {
			if hasFlag(leaf.node, setting) {
				t.Run(leaf.name()+" --"+setting, func(t *testing.T) {
					t.Parallel()

					for _, bad := range inTurn(badAddresses(scheme), turn) {
						requireNoPassword(t, leaf, append(leaf.args(good, arguments, setting), "--"+setting+"="+bad), setting)
					}
				})
			}
		}

		t.Run(leaf.name()+", in a wrong place", func(t *testing.T) {
			t.Parallel()

			for _, bad := range inTurn(badAddresses("nats")[:10], turn) {
				requireNoPassword(t, leaf, append(leaf.args(good, arguments, ""), bad), "")
				requireNoPassword(t, leaf, append(leaf.args(good, arguments, ""), "--natsurl="+bad), "")
				requireNoPassword(t, leaf, append(leaf.args(good, arguments, ""), "--log-level="+bad), "")
			}
		})
	}
}

// inTurn is every third of some texts: commands share the code that reads them, and some forty commands with each text take
// minutes.
func inTurn(all []string, turn int) []string {
	const of = 3

	var mine []string

	for i, text := range all {
		if i%of == turn%of {
			mine = append(mine, text)
		}
	}

	return mine
}

func requireNoPassword(t *testing.T, leaf leaf, args []string, setting string) {
	t.Helper()

	var out, log bytes.Buffer

	code := cli.Run(t.Context(), leaf.grammar(), leaf.program, "", args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &log})
	said := out.String() + log.String()

	if setting != "" {
		require.NotContains(t, said, "unknown flag")
	}

	if code == 0 && setting != "mastercard-url" && setting != "encryption-key-url" { // which not every command uses that has them
		require.Fail(t, "it did what it should", "%q:\n%s", args, said)
	}

	for _, part := range []string{firstPart, secondPart} {
		require.NotContains(t, said, part, "%q", args)
	}
}

// leaf is a command that can be run.
type leaf struct {
	program string
	grammar func() any
	node    *kong.Node
}

func (l leaf) name() string { return l.program + " " + l.node.Name }

// leaves are the commands of all programs, with those that a help does not show.
func leaves(t *testing.T) []leaf {
	t.Helper()

	var all []leaf

	for program, grammar := range map[string]func() any{
		"worker":  func() any { return &workercli.Worker{} },
		"submit":  func() any { return &cli.Submit{} },
		"demo":    func() any { return &devcli.Demo{} },
		"sandbox": func() any { return &devcli.Sandbox{} },
	} {
		parser, err := kong.New(grammar(), kong.DefaultEnvars("ENROLL"))
		require.NoError(t, err)

		for _, node := range parser.Model.Leaves(false) {
			all = append(all, leaf{program, grammar, node})
		}
	}

	return all
}

// hasFlag goes up by itself: kong's AllFlags writes into what the parallel tests share.
func hasFlag(node *kong.Node, name string) bool {
	for ; node != nil; node = node.Parent {
		if slices.ContainsFunc(node.Flags, func(f *kong.Flag) bool { return f.Name == name }) {
			return true
		}
	}

	return false
}

// args are the command's words, its positional arguments and those of its settings that are known, but for one.
func (l leaf) args(settings, arguments map[string]string, without string) []string {
	var args []string

	for node := l.node; node != nil && node.Parent != nil; node = node.Parent {
		args = append([]string{node.Name}, args...)
	}

	for name, value := range settings {
		if name != without && value != "" && hasFlag(l.node, name) {
			args = append(args, fmt.Sprintf("--%s=%s", name, value))
		}
	}

	for _, positional := range l.node.Positional {
		value, known := arguments[positional.Name]
		if !known {
			value = "b"
		}

		args = append(args, value)
	}

	return args
}

// The environment's settings are not shown by help, which shows their names.
func TestHelpShowsNoPassword(t *testing.T) {
	t.Parallel()

	var env []string
	for _, name := range []string{"NATS_URL", "DATABASE_URL", "MASTERCARD_URL", "ENCRYPTION_KEY_URL"} {
		env = append(env, "ENROLL_"+name+"=nats://enroll:"+firstPart+"@"+closedPort)
	}

	for _, args := range [][]string{{"run", "--help"}, {"run", "--no-such-flag"}} {
		_, out := run(t, env, "worker", args...)
		require.NotContains(t, out, firstPart)
	}
}
