// Package manpage writes the man pages of the programs, made from the grammar of their commands.
package manpage

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

//go:generate go run ./generate ../../docs/man

// Page is the man page of a program, section 1: its commands, each with its flags.
func Page(app *kong.Application) string {
	var b strings.Builder

	fmt.Fprintf(&b, ".\\\" Made from the commands by: make generate\n.TH %s 1\n", strings.ToUpper(app.Name))
	section(&b, "NAME")
	fmt.Fprintf(&b, "%s \\- %s\n", text(app.Name), text(strings.TrimSuffix(app.Help, ".")))
	section(&b, "SYNOPSIS")

	for i, command := range app.Leaves(true) {
		if i > 0 {
			b.WriteString(".br\n")
		}

		fmt.Fprintf(&b, ".B %s\n", text(usage(command)))
	}

	section(&b, "DESCRIPTION")
	line(&b, app.Help)
	b.WriteString(".PP\nEach flag can be given as an environment variable too, which is named with it. The flag comes first.\n")
	commands(&b, app)
	exitStatus(&b)

	return b.String()
}

func commands(b *strings.Builder, app *kong.Application) {
	section(b, "COMMANDS")

	for _, command := range app.Leaves(true) {
		fmt.Fprintf(b, ".SS %s\n", text(usage(command)))
		line(b, command.Help)

		for _, argument := range command.Positional {
			entry(b, argument.Summary(), argument.Help)
		}

		for _, group := range below(command) {
			flags(b, group)
		}
	}

	section(b, "OPTIONS OF ALL COMMANDS")
	flags(b, app.Flags)
}

// below are the flags of a command and of those it is below, without those of the program.
func below(command *kong.Node) [][]*kong.Flag {
	var groups [][]*kong.Flag
	for node := command; node.Parent != nil; node = node.Parent {
		groups = append(groups, node.Flags)
	}

	return groups
}

func flags(b *strings.Builder, group []*kong.Flag) {
	for _, flag := range group {
		if !flag.Hidden {
			entry(b, names(flag), about(flag))
		}
	}
}

func exitStatus(b *strings.Builder) {
	section(b, "EXIT STATUS")

	for _, status := range [][2]string{
		{"0", "Done."}, {"1", "Failed."}, {"2", "Wrong usage or settings; nothing has started."},
		{"3", "Finished, but some rows were rejected."},
	} {
		entry(b, status[0], status[1])
	}
}

// usage is how a command is called. A command that may be left out is shown without it.
func usage(command *kong.Node) string {
	words := []string{}

	for node := command; node != nil; node = node.Parent {
		if node.Parent == nil || node.Parent.DefaultCmd != node {
			words = append([]string{node.Name}, words...)
		}
	}

	for _, argument := range command.Positional {
		words = append(words, argument.Summary())
	}

	return strings.Join(append(words, "[flags]"), " ")
}

func names(flag *kong.Flag) string {
	name := "--" + flag.Name
	if flag.Short != 0 {
		name = fmt.Sprintf("-%c, %s", flag.Short, name)
	}

	if flag.IsBool() || flag.IsCounter() {
		return name
	}

	return name + "=" + flag.FormatPlaceHolder()
}

// about is what a flag does, its default unless the name shows it, and its environment variable.
func about(flag *kong.Flag) string {
	help := flag.Help

	if flag.HasDefault && flag.Default != "" && flag.PlaceHolder != "" {
		help += " Default: " + flag.Default + "."
	}

	if len(flag.Envs) > 0 {
		help += " Environment: " + strings.Join(flag.Envs, ", ") + "."
	}

	return help
}

func section(b *strings.Builder, title string) { fmt.Fprintf(b, ".SH %s\n", title) }

func entry(b *strings.Builder, name, help string) {
	fmt.Fprintf(b, ".TP\n.B %s\n", text(name))
	line(b, help)
}

func line(b *strings.Builder, s string) {
	if s != "" {
		b.WriteString(text(s) + "\n")
	}
}

// text is written so that the formatter shows it as it is: no command, no hyphen made typographic.
func text(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		return `\&` + s
	}

	return s
}
