package completion

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// Bash is the script for bash, 3.2 or later. Files are completed by the shell itself, where the script has no answer.
func Bash(app *kong.Application) string {
	var b strings.Builder

	root := grammarOf(app.Node, nil)
	valued := root.valued()
	function := "_" + root.name

	fmt.Fprintf(&b, `# Completion of %[1]s for bash: source <(%[1]s completion bash)

%[2]s() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command='' arguments=0 i word words=''
    COMPREPLY=()

    # Bash takes --flag=value apart.
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi

    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            %[3]s)
                [[ ${COMP_WORDS[i+1]} != = ]] || ((i++))
                ((i++)) ;;
            -?*) ;;
            *)
                if ((arguments == 0)); then
                    case "$command $word" in
                        %[4]s) command="$command $word"; continue ;;
                    esac
                fi
                ((arguments++)) ;;
        esac
    done

    case $prev in
`, root.name, function, with(valued), root.paths())

	bashValues(&b, valued)
	b.WriteString("    esac\n\n    if [[ $cur == -* ]]; then\n        case $command in\n")

	for _, c := range root.all() {
		fmt.Fprintf(&b, "            %s) words='%s' ;;\n", pattern(c), strings.Join(c.flagNames(), " "))
	}

	b.WriteString("        esac\n    elif ((arguments == 0)); then\n        case $command in\n")

	for _, c := range root.all() {
		fmt.Fprintf(&b, "            %s) words='%s'%s ;;\n", pattern(c),
			strings.Join(append(c.commandNames(), c.argument.words...), " "), noFiles(c.argument.kind))
	}

	fmt.Fprintf(&b, `        esac
    fi

    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -o default -F %s %s
`, function, root.name)

	return b.String()
}

// bashValues completes the word behind a flag that takes a value.
func bashValues(b *strings.Builder, valued []flag) {
	for _, f := range valued {
		if f.takes.kind == words {
			fmt.Fprintf(b, "        %s) COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n",
				strings.Join(f.names, "|"), strings.Join(f.takes.words, " "))
		}
	}

	if names := with(valued, files, folders); names != "" {
		fmt.Fprintf(b, "        %s) return ;;\n", names)
	}

	if names := with(valued, anything); names != "" {
		fmt.Fprintf(b, "        %s) compopt +o default 2>/dev/null; return ;;\n", names)
	}
}

// noFiles keeps the shell from completing files where none is meant. Older versions of bash cannot be told.
func noFiles(argument kind) string {
	if argument == files || argument == folders {
		return ""
	}

	return "; compopt +o default 2>/dev/null"
}

// pattern is a command in a case.
func pattern(c command) string {
	if c.path == "" {
		return "''"
	}

	return "' " + c.path + "'"
}
