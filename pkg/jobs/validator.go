package jobs

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"enroll.example/clicktopay/pkg/jobs/schema"
	"enroll.example/clicktopay/pkg/pan"
)

// validator checks documents against one schema and words the first violation
// without repeating the value, which may be a PAN.
type validator struct{ schema *jsonschema.Schema }

// The schemas are constants of the program: compiled once, when first used, and
// a schema that does not compile is a defect that every test of this package finds.
//
//nolint:gochecknoglobals // constants that Go cannot write as such
var (
	jobSchema     = sync.OnceValue(func() validator { return compile("job.v1.schema.json", schema.JobV1) })
	payloadSchema = sync.OnceValue(func() validator { return compile("payload.v1.schema.json", schema.PayloadV1) })
	updateSchema  = sync.OnceValue(func() validator { return compile("update.v1.schema.json", schema.UpdateV1, schema.PayloadV1) })
)

// compile makes the validator of a schema; others are what it refers to.
func compile(name string, text []byte, others ...[]byte) validator {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()

	for i, text := range append([][]byte{text}, others...) {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			panic(fmt.Errorf("embedded schema %s: %w", name, err))
		}

		at := name
		if members, ok := document.(map[string]any); ok && i > 0 {
			at, _ = members["$id"].(string)
		}

		if err := compiler.AddResource(at, document); err != nil {
			panic(fmt.Errorf("embedded schema %s: %w", name, err))
		}
	}

	return validator{compiler.MustCompile(name)}
}

func (v validator) check(document any) *Problem {
	err := v.schema.Validate(document)
	if err == nil {
		return nil
	}

	var violation *jsonschema.ValidationError
	if !errors.As(err, &violation) {
		return problem(ReasonInvalidField, "", "the document cannot be validated")
	}

	return worded(deepest(violation))
}

// deepest follows the first cause down to the rule that was broken.
func deepest(e *jsonschema.ValidationError) *jsonschema.ValidationError {
	for len(e.Causes) > 0 {
		e = e.Causes[0]
	}

	return e
}

func worded(e *jsonschema.ValidationError) *Problem {
	field := pan.MaskText(strings.Join(e.InstanceLocation, "."))
	within := func(name string) string {
		return strings.TrimPrefix(field+"."+pan.MaskText(name), ".")
	}

	switch rule := e.ErrorKind.(type) {
	case *kind.Required:
		return problem(ReasonInvalidField, within(rule.Missing[0]), "is missing")
	case *kind.AdditionalProperties:
		return problem(ReasonInvalidField, within(rule.Properties[0]), "is not a member of version %d", SchemaVersion)
	case *kind.Type:
		return problem(ReasonInvalidField, field, "is %s, not %s", rule.Got, strings.Join(rule.Want, " or "))
	case *kind.Pattern:
		if len(rule.Want) > longestPattern {
			return problem(ReasonInvalidField, field, "%s", inWords(e.InstanceLocation[len(e.InstanceLocation)-1]))
		}

		return problem(ReasonInvalidField, field, "does not match %s", rule.Want)
	case *kind.MinLength:
		return problem(ReasonInvalidField, field, "has %d characters, fewer than %d", rule.Got, rule.Want)
	case *kind.MaxLength:
		return problem(ReasonInvalidField, field, "has %d characters, more than %d", rule.Got, rule.Want)
	case *kind.MinProperties:
		return problem(ReasonInvalidField, field, "is empty")
	case *kind.MaxProperties:
		return problem(ReasonInvalidField, field, "has %d members, more than %d", rule.Got, rule.Want)
	case *kind.Const:
		return problem(ReasonInvalidField, field, "is not %v", rule.Want)
	case *kind.FalseSchema:
		return problem(ReasonInvalidField, field, "does not belong to this job")
	case *kind.Enum:
		return problem(ReasonInvalidField, field, "is none of %v", rule.Want)
	case *kind.Not:
		return problem(ReasonInvalidField, field, "has a value that stands for none")
	case *kind.Format:
		return problem(ReasonInvalidField, field, "is not a %s", rule.Want)
	default:
		return problem(ReasonInvalidField, field, "breaks the rule %q", strings.Join(e.ErrorKind.KeywordPath(), "."))
	}
}

// longestPattern is the length of a pattern that says something to people.
const longestPattern = 60

// inWords says of the member of that name what it must be.
func inWords(member string) string {
	switch member {
	case "emailAddress":
		return "is no e-mail address as mail servers take it"
	case "countryCode":
		return "is no country of ISO 3166-1, as two capital letters"
	case "languageCode":
		return "is no language of ISO 639-1"
	case "sealed":
		return "is no compact JWE of ECDH-ES: five parts of base64url with dots between them, of which the second is empty"
	default:
		return "has a control character in it, one that is not seen, or one that was lost when it was converted (U+FFFD)"
	}
}
