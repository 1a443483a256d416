package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// misused says what is wrong with the arguments of a program, and whose help tells more.
func misused(program string, err error) (text, command string) {
	var parse *kong.ParseError

	command = program
	if !errors.As(err, &parse) || parse.Context == nil {
		return advised(err).Error(), command
	}

	at := parse.Context.Model.Node
	if node := parse.Context.Selected(); node != nil {
		at = node
	}

	for _, step := range parse.Context.Path { // a command that only holds others is not selected
		if step.Command != nil && at == parse.Context.Model.Node {
			at = step.Command
		}
	}

	if at.Parent != nil && (at.Parent.DefaultCmd != at || len(parse.Context.Args) > 0) {
		command = program + " " + strings.TrimPrefix(at.Path(), parse.Context.Model.Name+" ")
	}

	return reworded(advised(err).Error(), at), command
}

// What the parser says, and does not say what to do.
var (
	missingArgument = regexp.MustCompile(`^expected "<([^>]+)>[ .]*"$`)
	missingCommand  = regexp.MustCompile(`^expected one of "`)
	missingFlags    = regexp.MustCompile(`^missing flags: (.*)$`)
	notOneOf        = regexp.MustCompile(`^(--[a-z-]+|<[a-z]+>) must be one of (.*) but got (".*")$`)
	notANumber      = regexp.MustCompile(
		`^(--[a-z-]+|<[A-Za-z]+>): expected (a float|a valid (?:32|64) bit int) but got (".*?")(?: \(string\))?$`)
	unexpected     = regexp.MustCompile(`^unexpected argument (\S+)$`)
	negativeNumber = regexp.MustCompile(`^unknown flag (-[0-9]+)`)
)

// reworded says a mistake that was made at a command in our words.
func reworded(text string, at *kong.Node) string {
	if found := missingArgument.FindStringSubmatch(text); found != nil {
		return strings.ToUpper(found[1]) + " is missing" + allowed(found[1], at) + orCommand(at)
	}

	if missingCommand.MatchString(text) {
		return "a command is missing; there are: " + strings.Join(commandsOf(at), ", ")
	}

	if found := missingFlags.FindStringSubmatch(text); found != nil {
		return missingSettings(found[1], at)
	}

	if found := notOneOf.FindStringSubmatch(text); found != nil {
		return fmt.Sprintf("%s: %s is none of %s", strings.Trim(found[1], "<>"), found[3], choices(found[2]))
	}

	if found := notANumber.FindStringSubmatch(text); found != nil {
		what := "number"
		if found[2] != "a float" {
			what = "whole number"
		}

		return fmt.Sprintf("%s: %s is no %s", strings.Trim(found[1], "<>"), found[3], what)
	}

	if found := negativeNumber.FindStringSubmatch(text); found != nil {
		return found[1] + " is negative; a number from 1 on is meant"
	}

	if found := unexpected.FindStringSubmatch(text); found != nil {
		return text + meantCommand(found[1], at)
	}

	return text
}

// allowed adds what an argument may be, where that is one of a few texts.
func allowed(argument string, at *kong.Node) string {
	for _, positional := range at.Positional {
		if positional.Name == argument && positional.Enum != "" {
			return ": one of " + strings.Join(positional.EnumSlice(), ", ")
		}
	}

	return ""
}

// orCommand adds that a command can stand where an argument of the default command is missing.
func orCommand(at *kong.Node) string {
	if at.Parent == nil || at.Parent.DefaultCmd != at {
		return ""
	}

	return "; or name a command: " + strings.Join(commandsOf(at.Parent), ", ")
}

func commandsOf(node *kong.Node) []string {
	var names []string

	for _, child := range node.Children {
		if !child.Hidden && node.DefaultCmd != child {
			names = append(names, child.Name)
		}
	}

	return names
}

// missingSettings says what can be given in place of "--as=STRING, --b=FILE".
func missingSettings(flags string, at *kong.Node) string {
	var lines []string

	for flag := range strings.SplitSeq(flags, ", ") {
		name, _, _ := strings.Cut(flag, "=")
		line := name + " is missing"

		for node := at; node != nil; node = node.Parent {
			if i := slices.IndexFunc(node.Flags, func(f *kong.Flag) bool { return "--"+f.Name == name }); i >= 0 {
				line = missingSetting(node.Flags[i])
			}
		}

		lines = append(lines, line)
	}

	return strings.Join(lines, "; ")
}

func missingSetting(flag *kong.Flag) string {
	line := "--" + flag.Name
	if len(flag.Envs) > 0 {
		line += " or " + flag.Envs[0]
	}

	line += " is missing"
	if flag.Enum != "" {
		line += ": one of " + strings.Join(flag.EnumSlice(), ", ")
	}

	return line
}

// choices makes a, b of "a","b","".
func choices(quoted string) string {
	var names []string

	for choice := range strings.SplitSeq(quoted, ",") {
		if name := strings.Trim(choice, `"`); name != "" {
			names = append(names, name)
		}
	}

	return strings.Join(names, ", ")
}

// meantCommand asks whether a command of the program was meant by a word.
func meantCommand(word string, at *kong.Node) string {
	for node := at; node != nil; node = node.Parent {
		if near := nearest(strings.ToLower(word), node.Children); near != "" {
			return fmt.Sprintf(", did you mean %q?", near)
		}
	}

	return ""
}
