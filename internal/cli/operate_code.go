package cli

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/mastercard"
)

// unknownCodeError says that a code that was asked for is none that is known.
type unknownCodeError string

func (e unknownCodeError) Error() string { return string(e) }

// has reports whether a code is among those that were met, or none was asked for.
func has(met []string, code string) bool {
	return code == "" || slices.ContainsFunc(met, func(one string) bool { return strings.EqualFold(one, code) })
}

// noCode tells a code that nothing has from one that is mistyped. Nothing to list of a code that can occur is what was asked for,
// and is only said; a code that neither occurs nor is known fails, with the one that is probably meant.
func noCode(streams Streams, code, what string, met []string, verdicts *mastercard.VerdictTable) error {
	known := results.KnownCodes(verdicts)

	if has(known, code) {
		streams.Notef("none: no %s has the code %s%s", what, code, others(met))
		return nil
	}

	meant := meantName(strings.ToUpper(code), slices.Concat(met, known))

	return unknownCodeError(fmt.Sprintf("--code %s: no %s has it, and it is not known%s%s", code, what, meant, others(met)))
}

// others says which codes there are instead.
func others(met []string) string {
	if len(met) == 0 {
		return ""
	}

	return "; there are: " + strings.Join(met, ", ")
}
