package mastercard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// answerPlan says where an answer has what is read of it.
type answerPlan struct {
	reads    map[string][]profile.Step // by target
	required []string                  // the targets that an answer has to have, but for those of records
	records  []profile.Step            // the way to the list of records
	verdicts map[string]map[string]Verdict
}

func newAnswerPlan(described profile.Operation) (answerPlan, error) {
	made := answerPlan{reads: map[string][]profile.Step{}, verdicts: map[string]map[string]Verdict{}}

	for _, read := range described.Answer {
		path := read.Path

		if strings.HasPrefix(read.Into, recordTargets) {
			list, below, _ := strings.Cut(path, "[].")
			path = below

			steps, err := profile.Steps(list)
			if err != nil {
				return made, err
			}

			made.records = steps
		} else if read.Required {
			made.required = append(made.required, read.Into)
		}

		steps, err := profile.Steps(path)
		if err != nil {
			return made, err
		}

		made.reads[read.Into] = steps
	}

	for _, value := range described.Values {
		verdict := Verdict(value.Verdict)
		if !verdict.Valid() && value.Verdict != profile.ByReason {
			return made, fmt.Errorf("values: verdict %.40q of %.40q is none of the verdicts", value.Verdict, value.Value)
		}
		if made.verdicts[value.Of] == nil {
			made.verdicts[value.Of] = map[string]Verdict{}
		}

		made.verdicts[value.Of][strings.ToUpper(value.Value)] = verdict
	}

	return made, nil
}

// recordTargets begins the names of targets that each record has.
const recordTargets = "record."

// parseAnswer reads a body that has to be an object. Numbers are kept as they are written: one that no float holds is no reason
// to read nothing.
func parseAnswer(body []byte) (map[string]any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()

	var tree any
	if decoder.Decode(&tree) != nil {
		return nil, false
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, false // something follows it
	}

	root, ok := tree.(map[string]any)

	return root, ok
}

// value returns what a target is read from, nil where there is none. Of a list on the way the first element is taken.
func (p *answerPlan) value(root map[string]any, target string) any {
	steps, known := p.reads[target]
	if !known {
		return nil
	}

	return follow(root, steps)
}

func follow(from any, steps []profile.Step) any {
	for _, step := range steps {
		object, _ := from.(map[string]any)
		from = member(object, step.Name)

		if step.List {
			list, _ := from.([]any)
			if len(list) == 0 {
				return nil
			}

			from = list[0]
		}
	}

	return from
}

// text returns a target that is a text, "" where it is none.
func (p *answerPlan) text(root map[string]any, target string) string {
	text, _ := p.value(root, target).(string)

	return text
}

// complete reports whether an answer has what it must have.
func (p *answerPlan) complete(root map[string]any) bool {
	for _, target := range p.required {
		if p.value(root, target) == nil {
			return false
		}
	}

	return true
}

// verdict returns what a value of a target means.
func (p *answerPlan) verdict(target, value string) (Verdict, bool) {
	verdict, known := p.verdicts[target][strings.ToUpper(strings.TrimSpace(value))]

	return verdict, known
}
