package cli

import "github.com/alecthomas/kong"

// SubmitDescription is what submit does, for its help and its man page.
const SubmitDescription = "Sends files of cards to the Click to Pay enrollment queue."

// Program is one of the programs, with its grammar.
type Program struct {
	Name, Description string
	Grammar           any
}

// Model is the program's grammar as its arguments are parsed with.
func (p Program) Model() (*kong.Application, error) {
	parser, err := kong.New(p.Grammar, grammarOptions(p.Name, p.Description)...)
	if err != nil {
		return nil, err
	}

	return parser.Model, nil
}

func grammarOptions(name, description string) []kong.Option {
	return append(valueMappers(),
		kong.Name(name),
		kong.Description(description),
		kong.DefaultEnvars("ENROLL"),
		kong.Vars{"version": versionOf(name)},
	)
}
