package profilecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// checkParameters looks at what is sent outside of the body.
func (c *checker) checkParameters(operation *profile.Operation, item *openapi3.PathItem, described *openapi3.Operation) {
	var there []*openapi3.Parameter

	for _, ref := range slices.Concat(item.Parameters, described.Parameters) {
		if ref.Value != nil {
			there = append(there, ref.Value)
		}
	}

	for _, list := range []struct {
		part, in string
		members  []profile.Member
	}{
		{profile.PartQuery, openapi3.ParameterInQuery, operation.Query},
		{profile.PartHeader, openapi3.ParameterInHeader, operation.Headers},
	} {
		for _, member := range list.members {
			c.checkParameter(list.part, list.in, member, there)
		}

		for _, parameter := range there {
			if parameter.In == list.in && parameter.Required && !setByClient(parameter) && !sends(list.members, parameter.Name) {
				c.differ(list.part+" "+parameter.Name, "is required there, and the profile does not send it",
					fmt.Sprintf(`{"path": %q, "from": …, "required": true}; "worker profiles sources" lists the values`, parameter.Name))
			}
		}
	}

	c.checkPathValues(operation, there)
}

// setByClient reports whether the client sends a header by itself.
func setByClient(parameter *openapi3.Parameter) bool {
	return parameter.In == openapi3.ParameterInHeader &&
		slices.Contains([]string{"authorization", "accept", "content-type"}, strings.ToLower(parameter.Name))
}

func sends(members []profile.Member, name string) bool {
	return slices.ContainsFunc(members, func(m profile.Member) bool { return strings.EqualFold(m.Path, name) })
}

func (c *checker) checkParameter(part, in string, member profile.Member, there []*openapi3.Parameter) {
	place := part + " " + member.Path

	for _, parameter := range there {
		named := parameter.Name == member.Path || in == openapi3.ParameterInHeader && strings.EqualFold(parameter.Name, member.Path)
		if parameter.In != in || !named {
			continue
		}

		if parameter.Required && !member.Required && in == openapi3.ParameterInQuery {
			c.differ(place, "is required there", `"required": true, and have it filled in every call`)
		}
		if parameter.Schema != nil {
			c.checkFit(place, member, parameter.Schema.Value, false)
		}

		return
	}

	c.differ(place, "is not there", "take the entry out"+c.moved(member.Path, there))
}

// moved says where else a description has a parameter.
func (c *checker) moved(name string, there []*openapi3.Parameter) string {
	for _, parameter := range there {
		if strings.EqualFold(parameter.Name, name) {
			return fmt.Sprintf("; it is there as %s %s", parameter.In, parameter.Name)
		}
	}

	return ""
}

// checkPathValues looks at what is put into the path, one after the other: names may differ.
func (c *checker) checkPathValues(operation *profile.Operation, there []*openapi3.Parameter) {
	for _, member := range operation.PathValues {
		for _, parameter := range there {
			if parameter.In == openapi3.ParameterInPath && parameter.Name == member.Path && parameter.Schema != nil {
				c.checkFit(profile.PartPathValue+" "+member.Path, member, parameter.Schema.Value, false)
			}
		}
	}
}
