package sandbox

import (
	"errors"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
)

// mostDetails bounds the answer to a request that is wrong in many places.
const mostDetails = 20

// violations says in the API's own words which rules of the description were broken. Values are
// never repeated.
func violations(err error) []errorDetail {
	var found []errorDetail

	for _, one := range flatten(err) {
		var failed *openapi3filter.RequestError
		if !errors.As(one, &failed) {
			found = append(found, detail("INVALID_FORMAT", wholeBody, "The request cannot be read"))
			continue
		}

		if failed.Parameter == nil {
			found = append(found, bodyViolations("", failed.Err)...)
			continue
		}

		found = append(found, parameterViolations(failed.Parameter, failed.Err)...)
	}

	return found[:min(len(found), mostDetails)]
}

func bodyViolations(prefix string, err error) []errorDetail {
	var found []errorDetail

	for _, one := range flatten(err) {
		var broken *openapi3.SchemaError

		switch {
		case errors.Is(one, openapi3filter.ErrInvalidRequired):
			found = append(found, detail("CANNOT_BE_NULL", wholeBody, "must not be null"))
		case errors.As(one, &broken):
			found = append(found, broke(broken, dotted(prefix, broken.JSONPointer())))
		default:
			found = append(found, detail("INVALID_FORMAT", wholeBody, "The request body cannot be read"))
		}
	}

	return found[:min(len(found), mostDetails)]
}

func parameterViolations(parameter *openapi3.Parameter, err error) []errorDetail {
	var found []errorDetail

	for _, one := range flatten(err) {
		var (
			broken *openapi3.SchemaError
			entry  errorDetail
		)

		switch {
		case errors.Is(one, openapi3filter.ErrInvalidRequired), errors.Is(one, openapi3filter.ErrInvalidEmptyValue):
			entry = detail("CANNOT_BE_NULL", parameter.Name, "must not be null")
		case errors.As(one, &broken):
			entry = broke(broken, parameter.Name)
			entry.Source = parameter.Name
		default:
			entry = detail("INVALID_VALUE", parameter.Name, "cannot be read")
		}

		entry.SourceType = strings.ToUpper(parameter.In)
		found = append(found, entry)
	}

	return found
}

// broke maps a rule of JSON Schema to the reason, source and message that SPEC-A has for it: the
// field where something is missing or too long, the body as a whole where a value is wrong.
func broke(broken *openapi3.SchemaError, field string) errorDetail {
	switch {
	case broken.SchemaField == "required", broken.Value == nil:
		return detail("CANNOT_BE_NULL", field, "must not be null")
	case broken.SchemaField == "minLength" && broken.Value == "":
		return detail("CANNOT_BE_NULL", field, "must not be empty")
	}

	switch broken.SchemaField {
	case "minLength", "maxLength":
		return errorDetail{SourceType: "BODY", Source: field, Message: "Invalid Field Length"}
	case "pattern":
		return detail("INVALID_VALUE", wholeBody, field+" must match "+strconv.Quote(broken.Schema.Pattern))
	case "enum":
		return detail("INVALID_VALUE", wholeBody, field+" is not one of the values allowed")
	case "type":
		return detail("INVALID_FORMAT", wholeBody, field+" is of the wrong type")
	default:
		return detail("INVALID_VALUE", wholeBody, field+" breaks the rule "+broken.SchemaField)
	}
}

// dotted names a field as the API does: without positions in lists.
func dotted(prefix string, pointer []string) string {
	var names []string
	if prefix != "" {
		names = append(names, prefix)
	}

	for _, name := range pointer {
		if _, err := strconv.Atoi(name); err != nil {
			names = append(names, name)
		}
	}

	if len(names) == 0 {
		return wholeBody
	}

	return strings.Join(names, ".")
}

func flatten(err error) []error {
	var many openapi3.MultiError
	if list, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // only what is a list itself, not what wraps one
		many = list
	}

	if many == nil {
		if err == nil {
			return nil
		}

		return []error{err}
	}

	var all []error
	for _, one := range many {
		all = append(all, flatten(one)...)
	}

	return all
}
