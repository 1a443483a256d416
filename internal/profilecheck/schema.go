package profilecheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// mostBranches bounds how far allOf, oneOf and anyOf are followed.
const mostBranches = 5

// property returns a member of a schema, also where it is said in one of several parts.
func property(schema *openapi3.Schema, name string, level int) *openapi3.Schema {
	if schema == nil || level > mostBranches {
		return nil
	}

	if found := schema.Properties[name]; found != nil {
		return found.Value
	}

	for _, parts := range []openapi3.SchemaRefs{schema.AllOf, schema.OneOf, schema.AnyOf} {
		for _, part := range parts {
			if found := property(part.Value, name, level+1); found != nil {
				return found
			}
		}
	}

	return nil
}

// required returns the members that an object has to have.
func required(schema *openapi3.Schema, level int) []string {
	if schema == nil || level > mostBranches {
		return nil
	}

	names := slices.Clone(schema.Required)
	for _, part := range schema.AllOf {
		names = append(names, required(part.Value, level+1)...)
	}

	return names
}

// isType reports whether a schema allows a type. One without a type allows all.
func isType(schema *openapi3.Schema, kind string) bool {
	if schema == nil {
		return false
	}

	if schema.Type != nil && len(*schema.Type) > 0 {
		return slices.Contains(*schema.Type, kind)
	}
	if kind != openapi3.TypeObject && len(schema.Properties) > 0 {
		return false
	}

	for _, part := range schema.AllOf {
		if !isType(part.Value, kind) {
			return false
		}
	}

	return true
}

// typeOf says of which type a schema is.
func typeOf(schema *openapi3.Schema) string {
	if schema.Type == nil || len(*schema.Type) == 0 {
		return "object"
	}

	return strings.Join(*schema.Type, " or ")
}

// errNotThere: a path leads nowhere.
var errNotThere = errors.New("is not there")

// lookUp follows a path through a schema.
func lookUp(schema *openapi3.Schema, path string) (*openapi3.Schema, error) {
	steps, err := profile.Steps(path)
	if err != nil {
		return nil, err
	}

	for i, step := range steps {
		schema = property(schema, step.Name, 0)
		if schema == nil {
			return nil, errNotThere
		}

		array := isType(schema, openapi3.TypeArray) && !isType(schema, openapi3.TypeObject)

		switch {
		case step.List && !array:
			return nil, fmt.Errorf("is no list there: %s is of type %s", step.Name, typeOf(schema))
		case step.List && (schema.Items == nil || schema.Items.Value == nil):
			return nil, fmt.Errorf("cannot be followed: nothing is said of the elements of %s", step.Name)
		case step.List:
			schema = schema.Items.Value
		case array && i < len(steps)-1:
			return nil, fmt.Errorf("leads through a list there: write %s[]", step.Name)
		}
	}

	return schema, nil
}

// places returns the paths at which a schema has a member of a name, to say where one may have gone.
func places(schema *openapi3.Schema, name, prefix string, level int) []string {
	if schema == nil || level > mostBranches {
		return nil
	}

	var found []string

	for _, part := range slices.Concat(schema.AllOf, schema.OneOf, schema.AnyOf) {
		found = append(found, places(part.Value, name, prefix, level+1)...)
	}

	for member, below := range schema.Properties {
		path := prefix + member
		if strings.EqualFold(member, name) {
			found = append(found, path)
		}
		if below.Value == nil {
			continue
		}

		if below.Value.Items != nil {
			found = append(found, places(below.Value.Items.Value, name, path+"[].", level+1)...)
		}

		found = append(found, places(below.Value, name, path+".", level+1)...)
	}

	slices.Sort(found)

	return slices.Compact(found)
}
