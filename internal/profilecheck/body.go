package profilecheck

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// checkBody looks at the members of the request, and at those of what is encrypted.
func (c *checker) checkBody(operation *profile.Operation, described *openapi3.Operation) {
	if len(operation.Request) == 0 && operation.Encrypted == nil {
		if described.RequestBody != nil && described.RequestBody.Value != nil && described.RequestBody.Value.Required {
			c.differ(profile.PartRequest, "a body is required there, and the profile sends none", "add the members to request")
		}

		return
	}

	schema := bodyOf(described)
	if schema == nil {
		c.differ(profile.PartRequest, "no body in JSON is described", "take request and encrypted out, or check another description")

		return
	}

	sent := slices.Clone(operation.Request)

	if e := operation.Encrypted; e != nil {
		sent = append(sent, profile.Member{Path: e.Member, From: e.Holds, Required: true})
		c.checkJWE(e, schema)
	}

	for _, member := range operation.Request {
		c.checkMember(profile.PartRequest, member, schema, false)
	}

	c.checkRequired(profile.PartRequest, "", sent, schema, 0)

	if operation.Encrypted != nil {
		c.checkPlain(operation)
	}
}

func bodyOf(described *openapi3.Operation) *openapi3.Schema {
	if described.RequestBody == nil || described.RequestBody.Value == nil {
		return nil
	}

	return jsonOf(described.RequestBody.Value.Content)
}

func jsonOf(content openapi3.Content) *openapi3.Schema {
	media := content.Get("application/json")
	if media == nil || media.Schema == nil {
		return nil
	}

	return media.Schema.Value
}

// checkJWE looks at the member that carries what is encrypted.
func (c *checker) checkJWE(e *profile.Encrypted, schema *openapi3.Schema) {
	place := profile.PartEncrypted + " " + e.Member

	switch there, err := lookUp(schema, e.Member); {
	case err != nil:
		c.differ(place, err.Error(), c.instead("member", e.Member, schema, candidates(schema)))
	case !isType(there, openapi3.TypeString):
		c.differ(place, fmt.Sprintf("is of type %s there, and a JWE is a string", typeOf(there)),
			`another "member": `+strings.Join(candidates(schema), ", "))
	}
}

// candidates are the members of a body that look as if they carried something encrypted.
func candidates(schema *openapi3.Schema) []string {
	var found []string

	for name, member := range schema.Properties {
		if strings.Contains(strings.ToLower(name), "encrypted") && member.Value != nil && isType(member.Value, openapi3.TypeString) {
			found = append(found, name)
		}
	}

	slices.Sort(found)

	return found
}

// checkPlain looks at the members of the plaintext, which a description has as a schema of its own.
func (c *checker) checkPlain(operation *profile.Operation) {
	e := operation.Encrypted

	ref := c.document.Components.Schemas[e.Schema]
	if ref == nil || ref.Value == nil {
		c.differ(profile.PartEncrypted+" "+e.Member, fmt.Sprintf("the plaintext's schema %q is not there", e.Schema),
			fmt.Sprintf("%q: one of %s", "schema", strings.Join(c.plaintexts(), ", ")))

		return
	}

	schema := ref.Value

	if e.Under != "" {
		path := e.Under
		if e.Holds == profile.HoldsRecords {
			path += "[]"
		}

		list := property(schema, e.Under, 0)

		below, err := lookUp(schema, path)
		if err != nil {
			c.differ(profile.PartEncrypted+" "+e.Member, fmt.Sprintf("%s of the plaintext %v", e.Under, err),
				c.instead("under", e.Under, schema, nil))

			return
		}

		if most := list.MaxItems; most != nil && operation.Limits.Records.Value > int(min(*most, 1<<30)) {
			c.differ(profile.PartLimit+" records", fmt.Sprintf("no more than %d records are allowed there", *most),
				fmt.Sprintf(`"limits": {"records": {"value": %d, …}}`, *most))
		}

		schema = below
	}

	for _, member := range e.Members {
		c.checkMember(profile.PartPlain, member, schema, true)
	}

	c.checkRequired(profile.PartPlain, "", e.Members, schema, 0)
}

// plaintexts are the schemas that have a card number.
func (c *checker) plaintexts() []string {
	var found []string

	for name, ref := range c.document.Components.Schemas {
		if len(places(ref.Value, "primaryAccountNumber", "", 0)) > 0 {
			found = append(found, name)
		}
	}

	slices.Sort(found)

	return found
}

// checkMember looks for a member of a body.
func (c *checker) checkMember(part string, member profile.Member, schema *openapi3.Schema, encrypted bool) {
	place := part + " " + member.Path

	there, err := lookUp(schema, member.Path)
	if err != nil {
		c.differ(place, err.Error(), c.instead("path", member.Path, schema, nil))

		return
	}

	if member.From == "" {
		if !isType(there, openapi3.TypeObject) {
			c.differ(place, fmt.Sprintf("is of type %s there, and we send an object", typeOf(there)), "take the entry out")
		}

		return
	}

	c.checkFit(place, member, there, encrypted)
}

// instead says what a member may be called.
func (c *checker) instead(what, path string, schema *openapi3.Schema, more []string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]

	found := append(places(schema, strings.TrimSuffix(name, "[]"), "", 0), more...)
	if len(found) == 0 {
		return fmt.Sprintf("another %q, or take the entry out", what)
	}

	return fmt.Sprintf("%q: %q", what, strings.Join(slices.Compact(found), `" or "`))
}

// checkRequired looks whether each member that an object has to have is sent, of all objects that are.
func (c *checker) checkRequired(part, prefix string, sent []profile.Member, schema *openapi3.Schema, level int) {
	if level > mostBranches {
		return
	}

	for _, name := range required(schema, 0) {
		path := prefix + name

		switch entry, found := entryOf(sent, path); {
		case !found:
			c.differ(part+" "+path, "is required there, and the profile does not send it",
				fmt.Sprintf(`{"path": %q, "from": …, "required": true}; "worker profiles sources" lists the values`, path))
		case entry.From != "" && !entry.Required:
			c.differ(part+" "+path, "is required there, and is sent only where it has a value",
				`"required": true, and have every job bring it`)
		case entry.From == "" && !entry.Required && !always(sent, path):
			c.differ(part+" "+path, "is required there, and is sent only where something in it has a value",
				fmt.Sprintf(`{"path": %q, "required": true}`, path))
		}
	}

	for name, member := range schema.Properties {
		below, path := member.Value, prefix+name
		if below != nil && isType(below, openapi3.TypeArray) && below.Items != nil && entryBelow(sent, path+"[].") {
			below, path = below.Items.Value, path+"[]"
		}

		if below != nil && entryBelow(sent, path+".") {
			c.checkRequired(part, path+".", sent, below, level+1)
		}
	}
}

// entryOf returns the entry of a path, or says that entries stand below it.
func entryOf(sent []profile.Member, path string) (profile.Member, bool) {
	for _, member := range sent {
		if member.Path == path {
			return member, true
		}
	}

	below := entryBelow(sent, path+".") || entryBelow(sent, path+"[].")

	return profile.Member{Path: path}, below
}

// always reports whether a required entry with a value that every request has stands below a path.
func always(sent []profile.Member, path string) bool {
	return slices.ContainsFunc(sent, func(m profile.Member) bool {
		rest, below := strings.CutPrefix(strings.TrimPrefix(m.Path, path), "[].")
		if !below {
			rest, below = strings.CutPrefix(strings.TrimPrefix(m.Path, path), ".")
		}

		return strings.HasPrefix(m.Path, path) && below && m.Required && !strings.Contains(rest, ".")
	})
}

func entryBelow(sent []profile.Member, prefix string) bool {
	return slices.ContainsFunc(sent, func(m profile.Member) bool { return strings.HasPrefix(m.Path, prefix) })
}

// checkFit looks whether all values that we may send are such as the description allows.
func (c *checker) checkFit(place string, member profile.Member, schema *openapi3.Schema, encrypted bool) {
	source, known := profile.FindSource(c.operation, encrypted, member.From)
	if !known || schema == nil {
		return
	}

	if source.Object {
		if !isType(schema, openapi3.TypeObject) && !isType(schema, openapi3.TypeArray) {
			c.differ(place, fmt.Sprintf("is of type %s there, and we send an object", typeOf(schema)), "take the entry out")
		}

		return
	}

	if !isType(schema, openapi3.TypeString) {
		c.differ(place, fmt.Sprintf("is of type %s there, and we send a text", typeOf(schema)), c.another(member.From))

		return
	}

	told := map[string]bool{}

	for _, value := range slices.Concat(source.Values, source.Samples) {
		rule, what := broken(schema, value)
		if rule == "" || told[rule] {
			continue
		}

		told[rule] = true
		c.differ(place, what, c.another(member.From))
	}
}

func (c *checker) another(from string) string {
	return fmt.Sprintf("another \"from\" than %s, or take the entry out", from)
}

// broken returns the rule of a schema that a value breaks, and says so.
func broken(schema *openapi3.Schema, value string) (rule, what string) {
	var failed *openapi3.SchemaError

	err := schema.VisitJSON(value, openapi3.VisitAsRequest())
	if err == nil {
		return "", ""
	}
	if !errors.As(err, &failed) {
		return "schema", "our values do not fit there"
	}

	switch failed.SchemaField {
	case "maxLength":
		return "maxLength", fmt.Sprintf("may have %d characters there, and ours have up to %d", *failed.Schema.MaxLength, len(value))
	case "minLength":
		return "minLength", fmt.Sprintf("has at least %d characters there, and ours may have %d", failed.Schema.MinLength, len(value))
	case "pattern":
		return "pattern", fmt.Sprintf("has to match %.200q there, which %.60q does not", failed.Schema.Pattern, value)
	case "enum":
		return "enum", fmt.Sprintf("is one of %.300v there, and ours may be %.60q", failed.Schema.Enum, value)
	default:
		return failed.SchemaField, fmt.Sprintf("breaks the rule %s there with a value such as %.60q", failed.SchemaField, value)
	}
}
