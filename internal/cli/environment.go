package cli

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/spelling"
)

// notSettings are variables that begin like settings and are none: those of our tests and measurements, and what Kubernetes
// tells every container of services whose names begin with enroll.
var notSettings = regexp.MustCompile(`^ENROLL_(TEST|BENCH)_|_SERVICE_(HOST|PORT)|_PORT$|_PORT_[0-9]+_(TCP|UDP)`)

// unknownVariables says of each variable that no program of ours reads what was probably meant. No value is shown.
func unknownVariables(environment []string) []string {
	const prefix = "ENROLL_"

	var given []string

	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, prefix) && !notSettings.MatchString(name) {
			given = append(given, name)
		}
	}

	var (
		known = Variables()
		notes []string
	)

	for _, name := range slices.Compact(slices.Sorted(slices.Values(given))) {
		if slices.Contains(known, name) {
			continue
		}

		note := fmt.Sprintf("the environment variable %s is no setting and is not heeded", name)
		if near := spelling.Nearest(name, known, mostMistakes); near != "" {
			note += "; did you mean " + near + "?"
		}

		notes = append(notes, note)
	}

	return notes
}

// mostMistakes is how many letters of a variable may be wrong, missing or too many for it to be recognized.
const mostMistakes = 3
