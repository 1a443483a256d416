package mastercard

import (
	"fmt"
	"regexp"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// maxIdentifier is beyond every identifier of the API.
const maxIdentifier = 255

var (
	correlationIDForm = regexp.MustCompile(`^([0-9a-f]{8}.)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	flowIDForm        = regexp.MustCompile(`^[0-9a-zA-Z_#.-]{1,255}$`)
	srcClientIDForm   = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	serviceIDForm     = regexp.MustCompile(`^[0-9a-zA-Z#_-]{1,255}$`)
)

const (
	srcClientIDRule = "a UUID in lower case"
	serviceIDRule   = "1 to 255 of letters, digits, #, _ and -"
)

// CheckSrcClientID reports an id that is not of the form that the API gives at onboarding. A client halts at the first call of
// such a program, so it is better looked at before.
func CheckSrcClientID(id string) error { return checkForm(srcClientIDForm, id, srcClientIDRule) }

// CheckServiceID reports likewise a service id that the API would not take.
func CheckServiceID(id string) error { return checkForm(serviceIDForm, id, serviceIDRule) }

func checkForm(form *regexp.Regexp, id, rule string) error {
	if !form.MatchString(id) {
		return fmt.Errorf("%.60q is not %s", id, rule)
	}

	return nil
}

// checkProgram refuses ids that are not of the API's form. The API refuses them
// too, but in words that do not tell them from a mistake in the job.
func checkProgram(srcClientID, serviceID string) *finding {
	if !srcClientIDForm.MatchString(srcClientID) {
		return invalidSetting("srcClientId", srcClientID, srcClientIDRule)
	}
	if !serviceIDForm.MatchString(serviceID) {
		return invalidSetting("serviceId", serviceID, serviceIDRule)
	}

	return nil
}

func invalidSetting(name, value, form string) *finding {
	return &finding{Failure: Failure{
		Source:  SourceClient,
		Reason:  ReasonInvalidSetting,
		Field:   name,
		Message: fmt.Sprintf("the program's %s %.60q is not %s", name, value, form),
	}}
}

// validCorrelationID returns an id of the API's form, or "".
func validCorrelationID(id string) string {
	if !correlationIDForm.MatchString(id) {
		return ""
	}

	return id
}

// validFlowID returns an id of the API's form, or "".
func validFlowID(id string) string {
	if !flowIDForm.MatchString(id) {
		return ""
	}

	return id
}

// identifier returns an id as received, or "" for what cannot be one: too long,
// with characters that no id has, or all digits and a PAN. Ids are not masked
// like texts, since a UUID can hold digits that pass for a PAN.
func identifier(id string) string {
	if len(id) > maxIdentifier || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ""
	}
	if allDigits(id) && pan.Contains(id) {
		return ""
	}

	return id
}

// identifierWithout is identifier, and "" for an id with the number of this call in it, in whatever form, or with more of it than
// may be shown. In random ids, enough of its digits do not occur by chance.
func identifierWithout(number pan.Number, id string) string {
	if number.LargelyIn(id) {
		return ""
	}

	return identifier(id)
}
