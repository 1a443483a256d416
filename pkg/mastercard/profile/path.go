package profile

import (
	"fmt"
	"regexp"
	"strings"
)

// A Step is one name of a path.
type Step struct {
	Name string
	// List: the member is a list.
	List bool
}

const (
	mostPath  = 200
	mostSteps = 10
)

var stepForm = regexp.MustCompile(`^[A-Za-z0-9_$-]{1,80}(\[\])?$`)

// Steps splits a path such as consumer.cards[].externalCardId.
func Steps(path string) ([]Step, error) {
	names := strings.Split(path, ".")
	if len(path) > mostPath || len(names) > mostSteps {
		return nil, fmt.Errorf("path %.60q has more than %d characters or %d names", path, mostPath, mostSteps)
	}

	steps := make([]Step, len(names))

	for i, name := range names {
		if !stepForm.MatchString(name) {
			return nil, fmt.Errorf("path %.60q is not of names joined by dots, such as consumer.cards[].externalCardId", path)
		}

		steps[i].Name, steps[i].List = strings.CutSuffix(name, "[]")
	}

	return steps, nil
}
