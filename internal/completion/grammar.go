// Package completion writes the scripts by which shells complete the words of a command line. They are made from the
// grammar of the commands, and complete without running the program.
package completion

import (
	"cmp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// kind is what a value or an argument is completed with.
type kind int

const (
	anything kind = iota // nothing is known of it
	files
	folders
	words
)

// value is what follows a flag, or an argument.
type value struct {
	kind  kind
	words []string
}

type flag struct {
	names []string // with their hyphens
	help  string
	takes *value // nil for flags without a value
}

// command is a command at its path, which is empty for the program itself.
type command struct {
	path, name, help string
	flags            []flag
	commands         []command
	argument         value
}

// grammarOf reads the commands of a program. A command that may be left out has its flags and argument at its parent too.
func grammarOf(node *kong.Node, path []string) command {
	c := command{path: strings.Join(path, " "), name: node.Name, help: node.Help}

	for _, group := range node.AllFlags(true) {
		c.flags = append(c.flags, flagsOf(group)...)
	}

	from := node
	if node.DefaultCmd != nil {
		from = node.DefaultCmd
		c.flags = append(c.flags, flagsOf(from.Flags)...)
	}

	if len(from.Positional) > 0 {
		c.argument = valueOf(from.Positional[0], from.Positional[0].Name)
	}

	for _, child := range node.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			c.commands = append(c.commands, grammarOf(child, append(slices.Clone(path), child.Name)))
		}
	}

	slices.SortStableFunc(c.flags, func(a, b flag) int { return cmp.Compare(a.names[0], b.names[0]) })

	return c
}

func flagsOf(group []*kong.Flag) []flag {
	var all []flag

	for _, f := range group {
		if f.Hidden {
			continue
		}

		one := flag{names: []string{"--" + f.Name}, help: firstSentence(f.Help)}
		if f.Short != 0 {
			one.names = append(one.names, "-"+string(f.Short))
		}

		if !f.IsBool() && !f.IsCounter() {
			takes := valueOf(f.Value, cmp.Or(f.PlaceHolder, f.Name))
			one.takes = &takes
		}

		all = append(all, one)
	}

	return all
}

func valueOf(v *kong.Value, placeholder string) value {
	if v.Enum != "" {
		return value{words, v.EnumSlice()}
	}

	if list := v.Tag.Get("complete"); list != "" {
		return value{words, strings.Split(list, ",")}
	}

	switch strings.ToLower(placeholder) {
	case "file", "file,...", "file.csv", "file ...":
		return value{kind: files}
	case "dir":
		return value{kind: folders}
	default:
		return value{}
	}
}

// firstSentence is what a shell shows beside a word.
func firstSentence(help string) string {
	sentence, _, _ := strings.Cut(help, ". ")

	return strings.TrimSuffix(sentence, ".")
}

// all are a command and those below it.
func (c command) all() []command {
	list := []command{c}
	for _, child := range c.commands {
		list = append(list, child.all()...)
	}

	return list
}

// valued are the flags that take a value, each once. A flag means the same in every command that has it.
func (c command) valued() []flag {
	var list []flag

	for _, one := range c.all() {
		for _, f := range one.flags {
			known := slices.ContainsFunc(list, func(other flag) bool { return other.names[0] == f.names[0] })
			if f.takes != nil && !known {
				list = append(list, f)
			}
		}
	}

	return list
}

// with are the names of the flags whose value is of a kind, or of any, as alternatives of a case.
func with(flags []flag, wanted ...kind) string {
	var names []string

	for _, f := range flags {
		if len(wanted) == 0 || slices.Contains(wanted, f.takes.kind) {
			names = append(names, f.names...)
		}
	}

	return strings.Join(names, "|")
}

// paths are those of all commands, as alternatives of a case, in which each stands behind a blank.
func (c command) paths() string {
	var list []string

	for _, one := range c.all() {
		if one.path != "" {
			list = append(list, "' "+one.path+"'")
		}
	}

	return strings.Join(list, "|")
}

func (c command) commandNames() []string {
	names := make([]string, len(c.commands))
	for i, child := range c.commands {
		names[i] = child.name
	}

	return names
}

func (c command) flagNames() []string {
	var names []string
	for _, f := range c.flags {
		names = append(names, f.names...)
	}

	return slices.Compact(names)
}
