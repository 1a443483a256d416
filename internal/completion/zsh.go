package completion

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"enroll.example/clicktopay/internal/shell"
)

// Zsh is the script for zsh, to be sourced or to be put in a folder of fpath as _PROGRAM.
func Zsh(app *kong.Application) string {
	var b strings.Builder

	root := grammarOf(app.Node, nil)
	valued := root.valued()
	function := "_" + root.name

	fmt.Fprintf(&b, `#compdef %[1]s
# Completion of %[1]s for zsh: source <(%[1]s completion zsh)

%[2]s() {
    local cur=${words[CURRENT]} prev=${words[CURRENT-1]} at='' word
    local -i arguments=0 i
    local -a found

    if [[ $cur == --*=* ]]; then
        prev=${cur%%%%=*}
        compset -P '*='
    fi

    for ((i = 2; i < CURRENT; i++)); do
        word=${words[i]}
        case $word in
            %[3]s) ((i++)) ;;
            -?*) ;;
            *)
                if ((arguments == 0)); then
                    case "$at $word" in
                        %[4]s) at="$at $word"; continue ;;
                    esac
                fi
                ((arguments++)) ;;
        esac
    done

    case $prev in
`, root.name, function, with(valued), root.paths())

	zshValues(&b, valued)
	b.WriteString("    esac\n\n    if [[ $cur == -* ]]; then\n        case $at in\n")

	for _, c := range root.all() {
		fmt.Fprintf(&b, "            %s) found=(%s) ;;\n", pattern(c), described(c.flags))
	}

	b.WriteString("        esac\n        _describe -o option found\n        return\n    fi\n\n    case $at in\n")

	for _, c := range root.all() {
		fmt.Fprintf(&b, "        %s) %s ;;\n", pattern(c), zshArgument(c))
	}

	fmt.Fprintf(&b, `    esac
}

if [[ ${funcstack[1]} == %[1]s ]]; then
    %[1]s "$@"
else
    compdef %[1]s %[2]s
fi
`, function, root.name)

	return b.String()
}

func zshValues(b *strings.Builder, valued []flag) {
	for _, f := range valued {
		if f.takes.kind == words {
			fmt.Fprintf(b, "        %s) compadd -- %s; return ;;\n", strings.Join(f.names, "|"), strings.Join(f.takes.words, " "))
		}
	}

	for _, of := range []struct {
		kind kind
		with string
	}{{files, "_files; "}, {folders, "_files -/; "}, {anything, ""}} {
		if names := with(valued, of.kind); names != "" {
			fmt.Fprintf(b, "        %s) %sreturn ;;\n", names, of.with)
		}
	}
}

func zshArgument(c command) string {
	var parts []string

	if len(c.commands) > 0 {
		list := make([]string, len(c.commands))
		for i, child := range c.commands {
			list[i] = shell.Quote(child.name + ":" + firstSentence(child.help))
		}

		parts = append(parts,
			fmt.Sprintf("if ((arguments == 0)); then found=(%s); _describe command found; fi", strings.Join(list, " ")))
	}

	switch c.argument.kind {
	case files:
		parts = append(parts, "_files")
	case folders:
		parts = append(parts, "_files -/")
	case words:
		parts = append(parts, "if ((arguments == 0)); then compadd -- "+strings.Join(c.argument.words, " ")+"; fi")
	case anything:
	}

	if len(parts) == 0 {
		return "_message 'argument'"
	}

	return strings.Join(parts, "; ")
}

func described(flags []flag) string {
	var list []string

	for _, f := range flags {
		for _, name := range f.names {
			list = append(list, shell.Quote(name+":"+f.help))
		}
	}

	return strings.Join(list, " ")
}
