package cli

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"enroll.example/clicktopay/internal/bulk/spelling"
	"enroll.example/clicktopay/internal/settings"
)

// word is what a command's name looks like, and hardly any file's.
var word = regexp.MustCompile(`^[A-Za-z-]*[A-Za-z]$`)

// mistyped fails for the word that stands where a command does and is none, where a program without a command takes files:
// submit statsu is not a file of that name. A file in truth can be given as ./statsu, or behind the command file.
func mistyped(command *kong.Context) error {
	node := command.Selected()
	if node == nil || node.Parent == nil || node.Parent.DefaultCmd != node || slices.Contains(command.Args, node.Name) {
		return nil
	}

	arg, given := firstArgument(node)
	if !given || !word.MatchString(arg) {
		return nil
	}

	near := nearest(strings.ToLower(arg), node.Parent.Children)
	_, err := os.Stat(arg)

	switch {
	case err == nil && near != "":
		return settings.Faultf("%s: did you mean the command %s? To send the file of that name: %s ./%s",
			arg, near, command.Model.Name, arg)
	case err == nil:
		return nil
	case near != "":
		return settings.Faultf("%s is neither a command nor a file; did you mean: %s %s", arg, command.Model.Name, near)
	default:
		return settings.Faultf("%s is neither a command nor a file; the commands: %s --help", arg, command.Model.Name)
	}
}

// firstArgument is the first positional argument that was given to a command.
func firstArgument(node *kong.Node) (string, bool) {
	for _, positional := range node.Positional {
		switch value := positional.Target.Interface().(type) {
		case string:
			return value, value != ""
		case []string:
			if len(value) > 0 {
				return value[0], true
			}
		}
	}

	return "", false
}

// nearest is the command that was probably meant by a word, empty when none is like it.
func nearest(typed string, commands []*kong.Node) string {
	const most = 2 // letters that are wrong, missing or too many

	if typed == "version" || typed == "help" {
		return "--" + typed
	}

	best, closest := "", most+1

	for _, command := range commands {
		distance := spelling.Distance(typed, command.Name)
		if distance < closest && distance < len(command.Name)-1 {
			best, closest = command.Name, distance
		}
	}

	return best
}

var errNoJSON = errors.New("unknown flag --json: this command prints nothing for programs; its exit code says how it ended")

// advised adds to a mistake in the arguments what to do, where the parser has nothing to say.
func advised(err error) error {
	text := err.Error()

	for _, name := range []string{"version", "help"} {
		if text == "unexpected argument "+name {
			return fmt.Errorf("%w, did you mean \"--%s\"?", err, name)
		}
	}

	if strings.HasPrefix(text, "unknown flag --json") {
		return errNoJSON
	}

	if negative := withoutMinus(text); negative != nil {
		return negative
	}

	return err
}
