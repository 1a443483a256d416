package profilecheck

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// Reasons tells whether the verdict table has a row for a reason of an operation's refusal, as reason or as detail.
type Reasons func(operation, reason string) bool

// Check holds a profile against a description.
func Check(of *profile.Profile, document *openapi3.T, known Reasons) Report {
	all := &checker{document: document, known: known}

	for i := range of.Operations {
		all.check(&of.Operations[i])
	}

	return all.report(of)
}

// checker collects the differences.
type checker struct {
	document  *openapi3.T
	known     Reasons
	operation string
	found     []Difference
	differing map[string]bool // entries that differ, by operation and place
}

// differ notes a difference.
func (c *checker) differ(where, what, put string) {
	if c.differing == nil {
		c.differing = map[string]bool{}
	}

	c.differing[c.operation+" "+where] = true
	c.found = append(c.found, Difference{c.operation, where, what, put})
}

func (c *checker) report(of *profile.Profile) Report {
	report := Report{Differences: c.found}

	for _, entry := range of.Entries() {
		place := entry.Operation + " " + entry.Part + " " + entry.Name
		if c.differing[entry.Operation+" "+profile.PartPath] || c.differing[place] ||
			entry.Part == profile.PartLimit || entry.Part == profile.PartPolling {
			continue
		}

		report.Held++
		if entry.Mark != profile.Confirmed {
			report.Unmarked++
		}
	}

	return report
}

// check looks at one operation.
func (c *checker) check(operation *profile.Operation) {
	c.operation = operation.Name

	item, described := c.find(operation)
	if described == nil {
		return
	}

	c.checkParameters(operation, item, described)
	c.checkBody(operation, described)
	c.checkAnswer(operation, described)
	c.checkReasons(described)
}

// find returns what describes an operation: the path of the same form, whatever its parameters are called.
func (c *checker) find(operation *profile.Operation) (*openapi3.PathItem, *openapi3.Operation) {
	want := shape(operation.Path)

	for path, item := range c.document.Paths.Map() {
		if shape(strings.TrimPrefix(path, basePath)) != want {
			continue
		}
		if described := item.GetOperation(operation.Method); described != nil {
			return item, described
		}

		methods := make([]string, 0, len(item.Operations()))
		for method := range item.Operations() {
			methods = append(methods, method)
		}

		slices.Sort(methods)
		c.differ(profile.PartPath,
			fmt.Sprintf("%s is there with %s, and not with %s", path, strings.Join(methods, ", "), operation.Method),
			fmt.Sprintf("%q: %q", "method", strings.Join(methods, " or ")))

		return nil, nil
	}

	c.differ(profile.PartPath, fmt.Sprintf("%s %s is not there", operation.Method, operation.Path), c.offered(operation))

	return nil, nil
}

// offered lists the paths that the operation may be meant to have.
func (c *checker) offered(operation *profile.Operation) string {
	var paths []string

	for path, item := range c.document.Paths.Map() {
		if item.GetOperation(operation.Method) != nil {
			paths = append(paths, fmt.Sprintf("%q", path))
		}
	}

	if len(paths) == 0 {
		return fmt.Sprintf("nothing there is asked for by %s: take the operation out, or check another description", operation.Method)
	}

	slices.Sort(paths)

	return fmt.Sprintf("%q: one of %s", "path", strings.Join(paths, ", "))
}

// basePath is what every address of the API begins with; some descriptions have it in each path.
const basePath = "/src/api/digital/payments"

// shape is a path without the names of its parameters.
func shape(path string) string {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = "{}"
		}
	}

	return "/" + strings.Join(segments, "/")
}
