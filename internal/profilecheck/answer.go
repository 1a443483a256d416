package profilecheck

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// checkAnswer looks at the statuses of success, at what is read of their answers, and at the values that decide.
func (c *checker) checkAnswer(operation *profile.Operation, described *openapi3.Operation) {
	var schema *openapi3.Schema

	for _, status := range operation.Statuses {
		answer := described.Responses.Value(strconv.Itoa(status.Status))
		if answer == nil {
			answer = described.Responses.Value("2XX")
		}

		if answer == nil || answer.Value == nil {
			c.differ(profile.PartStatus+" "+strconv.Itoa(status.Status), "is not there",
				fmt.Sprintf("%q: one of %s", "status", strings.Join(successes(described), ", ")))

			continue
		}

		if schema == nil {
			schema = jsonOf(answer.Value.Content)
		}
	}

	for _, status := range successes(described) {
		known := func(s profile.Status) bool { return strconv.Itoa(s.Status) == status || status == "2XX" }
		if !slices.ContainsFunc(operation.Statuses, known) {
			c.differ(profile.PartStatus+" "+status, "means success there, and the profile has no verdict for it",
				fmt.Sprintf(`{"status": %s, "verdict": …}`, status))
		}
	}

	if schema == nil {
		if len(operation.Statuses) > 0 && slices.ContainsFunc(operation.Answer, func(r profile.Read) bool { return r.Required }) {
			c.differ(profile.PartAnswer, "no answer in JSON is described", "check another description")
		}

		return
	}

	for _, read := range operation.Answer {
		c.checkRead(operation, read, schema)
	}
}

// successes are the statuses of success that are described.
func successes(described *openapi3.Operation) []string {
	var found []string

	for _, status := range slices.Sorted(maps.Keys(described.Responses.Map())) {
		if strings.HasPrefix(status, "2") {
			found = append(found, status)
		}
	}

	return found
}

// checkRead looks for a member that is read.
func (c *checker) checkRead(operation *profile.Operation, read profile.Read, schema *openapi3.Schema) {
	place := profile.PartAnswer + " " + read.Path

	there, err := lookUp(schema, read.Path)
	if err != nil {
		c.differ(place, err.Error(), c.instead("path", read.Path, schema, nil))

		return
	}

	target, _ := profile.FindTarget(operation.Name, read.Into)
	if !isType(there, string(target.Kind)) {
		c.differ(place, fmt.Sprintf("is of type %s there, and is read as %s", typeOf(there), target.Kind),
			"another \"path\", or take the entry out")

		return
	}

	if len(there.Enum) > 0 && (target.Decided || read.Into == profile.TargetRecordReason) {
		c.checkValues(operation, read, there.Enum)
	}
}

// checkValues looks whether each value has a verdict, and each verdict a value.
func (c *checker) checkValues(operation *profile.Operation, read profile.Read, enum []any) {
	there := map[string]bool{}

	for _, one := range enum {
		text, ok := one.(string)
		if !ok {
			continue
		}

		there[strings.ToUpper(text)] = true

		decided := slices.ContainsFunc(operation.Values, func(v profile.Value) bool {
			return v.Of == read.Into && strings.EqualFold(v.Value, text)
		}) || read.Into == profile.TargetRecordReason && c.known(profile.Enroll, text)

		if !decided {
			c.differ(profile.PartValue+" "+read.Into+" "+text, "is a value there, and the profile has no verdict for it",
				fmt.Sprintf(`{"of": %q, "value": %q, "verdict": …}`, read.Into, text))
		}
	}

	for _, value := range operation.Values {
		if value.Of == read.Into && !there[strings.ToUpper(value.Value)] {
			c.differ(profile.PartValue+" "+value.Of+" "+value.Value, "is no value there", "take the entry out")
		}
	}
}

// checkReasons looks whether each reason of a refusal has a row of the verdict table.
func (c *checker) checkReasons(described *openapi3.Operation) {
	told := map[string]bool{}

	for _, status := range slices.Sorted(maps.Keys(described.Responses.Map())) {
		answer := described.Responses.Value(status)
		if strings.HasPrefix(status, "2") || answer == nil || answer.Value == nil {
			continue
		}

		for _, reason := range reasonsIn(jsonOf(answer.Value.Content), "", 0) {
			if told[reason] || c.known(c.operation, reason) {
				continue
			}

			told[reason] = true
			c.differ("reason "+reason, fmt.Sprintf("is a reason of %s there, and no row of the verdict table names it", status),
				"nothing here: give it a row in the file of --verdicts-file")
		}
	}
}

// reasonsIn returns the values of all members of an error that are its codes.
func reasonsIn(schema *openapi3.Schema, name string, level int) []string {
	if schema == nil || level > mostBranches {
		return nil
	}

	var found []string

	if slices.Contains([]string{"reason", "reasoncode"}, strings.ToLower(name)) {
		for _, one := range schema.Enum {
			if text, ok := one.(string); ok {
				found = append(found, text)
			}
		}
	}

	for _, part := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf) {
		found = append(found, reasonsIn(part.Value, name, level+1)...)
	}

	if schema.Items != nil {
		found = append(found, reasonsIn(schema.Items.Value, name, level+1)...)
	}

	for member, below := range schema.Properties {
		found = append(found, reasonsIn(below.Value, member, level+1)...)
	}

	slices.Sort(found)

	return slices.Compact(found)
}
