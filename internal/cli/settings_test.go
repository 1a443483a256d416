package cli_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devcli"
)

// docs/settings.md lists every setting there is, with its true default.
func TestDocumentsListTheSettings(t *testing.T) {
	t.Parallel()
	requireWritten(t, "../../docs/settings.md", "settings", table(t))
}

// The compose file gives no setting that no command has.
func TestComposeGivesKnownSettings(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("../../docker-compose.yml")
	require.NoError(t, err)

	known := table(t)

	for _, name := range regexp.MustCompile(`ENROLL_[A-Z_]+`).FindAllString(string(text), -1) {
		flagName := "--" + strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "ENROLL_"), "_", "-"))
		require.Contains(t, known, "`"+flagName+"`", "%s is no setting", name)
	}
}

// table renders the settings of all commands, in the order of their first appearance.
func table(t *testing.T) string {
	t.Helper()

	type row struct {
		flag   *kong.Flag
		usedBy []string
	}

	rows := map[string][]*row{} // by the name; commands may differ in what a flag means, and in what they do without it

	var names []string

	for _, program := range devcli.Programs() {
		parser, err := kong.New(program.Grammar, kong.DefaultEnvars("ENROLL"))
		require.NoError(t, err)

		for _, leaf := range parser.Model.Leaves(false) {
			for _, f := range leaf.Flags {
				used := strings.TrimSpace(program.Name + " " + strings.TrimPrefix(leaf.Path(), program.Name+" "))
				if leaf.Parent.DefaultCmd == leaf {
					used = strings.TrimSpace(program.Name + " " + leaf.Parent.Path())
				}

				same := slices.IndexFunc(rows[f.Name], func(r *row) bool { return r.flag.Default == f.Default && r.flag.Help == f.Help })
				if len(rows[f.Name]) == 0 {
					names = append(names, f.Name)
				}

				if same < 0 {
					same = len(rows[f.Name])
					rows[f.Name] = append(rows[f.Name], &row{flag: f})
				}

				rows[f.Name][same].usedBy = append(rows[f.Name][same].usedBy, "`"+shortened(used)+"`")
			}
		}
	}

	var sorted []*row
	for _, name := range names {
		sorted = append(sorted, rows[name]...)
	}

	var b strings.Builder

	b.WriteString("| setting | default | used by | |\n| --- | --- | --- | --- |\n")

	for _, r := range sorted {
		if r.flag.Name == "help" {
			continue
		}

		value := ""
		if r.flag.Default != "" {
			value = "`" + r.flag.Default + "`"
		}

		slices.Sort(r.usedBy)
		fmt.Fprintf(&b, "| `--%s` | %s | %s | %s |\n", r.flag.Name, value, strings.Join(slices.Compact(r.usedBy), ", "), r.flag.Help)
	}

	return b.String()
}

// shortened drops the arguments from the path of a command.
func shortened(path string) string {
	fields := strings.Fields(path)
	kept := slices.DeleteFunc(fields, func(field string) bool { return strings.ContainsAny(field, "<[") })

	return strings.Join(kept, " ")
}
