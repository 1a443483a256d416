package cli

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"enroll.example/clicktopay/internal/bulk/spelling"
)

// notSettings are variables that begin like settings and are none: those of our tests and measurements, and what Kubernetes
// tells every container of services whose names begin with enroll.
var notSettings = regexp.MustCompile(`^ENROLL_(TEST|BENCH)_|_SERVICE_(HOST|PORT)|_PORT$|_PORT_[0-9]+_(TCP|UDP)`)

// developmentVariables are those that the demo and the sandbox read, whose grammars are not part of this package. A test of
// internal/devcli compares them.
func developmentVariables() []string {
	return []string{"ENROLL_KEEP", "ENROLL_DIR", "ENROLL_POSTGRES_SOURCE", "ENROLL_SANDBOX_LISTEN", "ENROLL_SANDBOX_KEYS",
		"ENROLL_SANDBOX_CLIENT_ID_OPTIONAL"}
}

// unknownVariables says of each variable that no program of ours reads what was probably meant. No value is shown.
func unknownVariables(environment []string) ([]string, error) {
	const prefix = "ENROLL_"

	var given []string

	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, prefix) && !notSettings.MatchString(name) {
			given = append(given, name)
		}
	}

	if len(given) == 0 {
		return nil, nil
	}

	known, err := variables()
	if err != nil {
		return nil, err
	}

	var notes []string

	for _, name := range slices.Compact(slices.Sorted(slices.Values(given))) {
		if known[name] {
			continue
		}

		note := fmt.Sprintf("the environment variable %s is no setting and is not heeded", name)
		if near := spelling.Nearest(name, slices.Sorted(maps.Keys(known)), mostMistakes); near != "" {
			note += "; did you mean " + near + "?"
		}

		notes = append(notes, note)
	}

	return notes, nil
}

// mostMistakes is how many letters of a variable may be wrong, missing or too many for it to be recognized.
const mostMistakes = 3

// variables are those that any of the programs reads: they are often given to all together.
func variables() (map[string]bool, error) {
	known := map[string]bool{}
	for _, name := range developmentVariables() {
		known[name] = true
	}

	for _, program := range Programs() {
		model, err := program.Model()
		if err != nil {
			return nil, err
		}

		err = kong.Visit(model, func(node kong.Visitable, next kong.Next) error {
			if flag, ok := node.(*kong.Flag); ok {
				for _, name := range flag.Envs {
					known[name] = true
				}
			}

			return next(nil)
		})
		if err != nil {
			return nil, err
		}
	}

	return known, nil
}
