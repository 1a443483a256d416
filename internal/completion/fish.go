package completion

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// Fish is the script for fish.
func Fish(app *kong.Application) string {
	var b strings.Builder

	root := grammarOf(app.Node, nil)
	at := "__" + root.name + "_at"

	fmt.Fprintf(&b, `# Completion of %[1]s for fish: %[1]s completion fish | source

# Whether the words so far name a command, and with none behind it, that no argument has followed.
function %[2]s
    set -l command ''
    set -l arguments 0
    set -l value 0
    set -l tokens (commandline -opc)
    set -e tokens[1]
    for word in $tokens
        if test $value = 1
            set value 0
            continue
        end
        switch "$word"
            case %[3]s
                set value 1
            case '-*'
            case '*'
                if test $arguments = 0; and contains -- "$command $word" %[4]s
                    set command "$command $word"
                else
                    set arguments (math $arguments + 1)
                end # if
        end # switch
    end
    test "$command" = "$argv[1]"; or return 1
    test (count $argv) = 1; or test $arguments = 0
end

complete -c %[1]s -e
complete -c %[1]s -f
`, root.name, at, strings.ReplaceAll(with(root.valued()), "|", " "),
		strings.ReplaceAll(root.paths(), "|", " "))

	for _, c := range root.all() {
		fishCommand(&b, root.name, at, c)
	}

	return b.String()
}

func fishCommand(b *strings.Builder, program, at string, c command) {
	here := fishQuoted(fmt.Sprintf("%s %s", at, fishQuoted(strings.TrimSuffix(" "+c.path, " "))))
	first := strings.TrimSuffix(here, "'") + " first'"

	for _, child := range c.commands {
		fmt.Fprintf(b, "complete -c %s -n %s -a %s -d %s\n", program, first, child.name, fishQuoted(firstSentence(child.help)))
	}

	switch c.argument.kind {
	case files:
		fmt.Fprintf(b, "complete -c %s -n %s -F\n", program, here)
	case folders:
		fmt.Fprintf(b, "complete -c %s -n %s -a '(__fish_complete_directories)'\n", program, here)
	case words:
		fmt.Fprintf(b, "complete -c %s -n %s -a %s\n", program, first, fishQuoted(strings.Join(c.argument.words, " ")))
	case anything:
	}

	for _, f := range c.flags {
		fmt.Fprintf(b, "complete -c %s -n %s%s%s -d %s\n", program, here, fishNames(f), fishTakes(f), fishQuoted(f.help))
	}
}

func fishNames(f flag) string {
	var b strings.Builder

	for _, name := range slices.Sorted(slices.Values(f.names)) {
		if long, is := strings.CutPrefix(name, "--"); is {
			b.WriteString(" -l " + long)
		} else {
			b.WriteString(" -s " + strings.TrimPrefix(name, "-"))
		}
	}

	return b.String()
}

func fishTakes(f flag) string {
	if f.takes == nil {
		return ""
	}

	switch f.takes.kind {
	case files:
		return " -rF"
	case folders:
		return " -xa '(__fish_complete_directories)'"
	case words:
		return " -xa " + fishQuoted(strings.Join(f.takes.words, " "))
	case anything:
	}

	return " -x"
}

// fishQuoted is a text as fish reads it literally.
func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}
