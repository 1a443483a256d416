package mastercard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// A finding is one thing that is known about how a call ended: an error that an
// answer reports, or the absence of an answer. An answer can report several.
type finding struct {
	Failure

	recoverable string    // "true" or "false" as the gateway says, else ""
	again       time.Time // from when on it may be tried again, where the authorization server says so
	date        string    // of that server's answer, as in its header
	cause       error     // why there is no answer, where that is known before anything is sent
}

// evidence is all that the verdict table looks at.
type evidence struct {
	operation  Operation
	status     int  // zero when there is no answer
	retryAfter bool // there is a Retry-After that can be read
	findings   []finding
}

// findings reads the errors out of an answer's body, in any of the known shapes:
//
//	{"Errors":{"Error":[{"Source","ReasonCode","Description","Recoverable"}]}}   the gateway, or others through it
//	{"Error":[...]}, {"Errors":[...]}                                           the same, bare
//	{"errors":[{"source","reasonCode","description","recoverable"}]}            the same, of services behind it
//	{"status":400,"reason","message","errordetail":[{"reason","source",...}]}   the service
//	{"status":400,"reason","message","details":[...]}                           a variant
//	{"code":400,"status":"INVALID_ARGUMENT","message","details":[...]}          an older one
//	{"error":{...}}                                                             the service's, wrapped
//	{"error":{"code","message"}}                                                of what stands before the service
//	{"error":"invalid_token","error_description"}                               OAuth 2.0's, with a known code
//	<Errors><Error><ReasonCode>...</ReasonCode></Error></Errors>                the gateway, in XML
//
// Members are found by their names without regard to case; those of unexpected
// types are passed over. What is in none of these shapes gives one finding of
// SourceUnrecognized, and so does what only resembles one of the service's (isServiceError)
// or names a source that is no part of the API (sourceNamed).
func findings(result exchange) []finding {
	if errors.Is(result.broken, errUnreadable) {
		return []finding{unrecognized(result.status, DetailUnreadable, result.broken.Error())}
	}
	if result.broken != nil {
		return []finding{unrecognized(result.status, DetailTruncated, "")}
	}

	body := bytes.TrimSpace(result.body)
	if len(body) == 0 {
		return []finding{unrecognized(result.status, DetailEmpty, "")}
	}

	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		if found := xmlErrors(body); len(found) > 0 {
			return found
		}

		return []finding{unrecognized(result.status, formOf(result.header, body), string(body))}
	}

	found := errorsIn(tree)
	if len(found) == 0 {
		// Encoded again, so that no escape hides digits from the mask.
		if plain, err := json.Marshal(tree); err == nil {
			body = plain
		}

		return []finding{unrecognized(result.status, DetailNoError, string(body))}
	}

	return found
}

// formOf names what a body is that is no JSON.
func formOf(header http.Header, body []byte) string {
	contentType := strings.ToLower(header.Get("Content-Type"))

	switch {
	case bytes.HasPrefix(body, []byte("<?xml")) || strings.Contains(contentType, "xml") && body[0] == '<':
		return DetailXML
	case strings.Contains(contentType, "html") || body[0] == '<':
		return DetailHTML
	case json.NewDecoder(bytes.NewReader(body)).Decode(new(any)) == nil:
		return DetailTrailing
	default:
		return DetailNotJSON
	}
}

func errorsIn(tree any) []finding {
	root, _ := tree.(map[string]any)

	if list := member(root, "errors"); list != nil {
		if wrapped, ok := list.(map[string]any); ok && member(wrapped, "error") != nil {
			list = member(wrapped, "error")
		}

		return listedErrors(list)
	}
	if list := member(root, "error"); list != nil {
		if code := text(list); oauth2.IsCode(code) {
			return []finding{notAuthorized(code, text(member(root, "error_description")))}
		}

		return listedErrors(list)
	}

	return serviceErrors(root, false)
}

// notAuthorized is what the gateway says of a token or a proof.
func notAuthorized(code, message string) finding {
	return finding{Failure: Failure{Source: SourceGateway, Reason: code, Message: message}}
}

// challenged adds what stands in the header of an answer that is a refusal: there, the body may be empty.
func challenged(result exchange, found []finding) []finding {
	challenge, is := oauth2.ChallengeIn(result.header)
	if !is || result.status/100 != 4 || slices.ContainsFunc(found, func(f finding) bool { return f.Reason == challenge.Code }) {
		return found
	}

	first := notAuthorized(challenge.Code, challenge.Description)
	if found[0].Source == SourceUnrecognized {
		return []finding{first}
	}

	return append([]finding{first}, found...)
}

// listedErrors reads errors in the gateway's shape or, where something wraps them, in the service's.
func listedErrors(list any) []finding {
	var found []finding

	for _, item := range items(list) {
		if reason := text(member(item, "reasonCode")); reason != "" {
			found = append(found, gatewayError(item, reason))
			continue
		}

		wrapped := serviceErrors(item, true)
		if code := text(member(item, "code")); len(wrapped) == 0 && code != "" {
			wrapped = []finding{gatewayError(item, code)}
		}

		found = append(found, wrapped...)
	}

	return found
}

func gatewayError(item map[string]any, reason string) finding {
	named := text(member(item, "source"))
	source := sourceNamed(named)

	detail := ""
	if source == SourceUnrecognized {
		detail = named
	}

	message := text(member(item, "description"))
	if message == "" {
		message = text(member(item, "message"))
	}

	return finding{
		Failure:     Failure{Source: source, Reason: reason, Detail: detail, Message: message},
		recoverable: strings.ToLower(text(member(item, "recoverable"))),
	}
}

// serviceErrors reads an error in the service's shape, or one like it, which is then SourceUnrecognized's.
func serviceErrors(root map[string]any, wrapped bool) []finding {
	reason := text(member(root, "reason"))
	if status, ok := member(root, "status").(string); reason == "" && ok {
		reason = strings.TrimSpace(status)
	}
	if reason == "" {
		return nil
	}

	details := items(member(root, "errordetail"))
	if len(details) == 0 {
		details = items(member(root, "details"))
	}
	if len(details) == 0 {
		details = []map[string]any{nil}
	}

	service := SourceUnrecognized
	if isServiceError(root, wrapped) {
		service = SourceService
	}

	var found []finding

	for _, detail := range details {
		message := text(member(detail, "message"))
		if message == "" {
			message = text(member(root, "message"))
		}

		source := service
		if strings.EqualFold(text(member(detail, "sourceType")), "Gateway") {
			source = SourceGateway
		}

		found = append(found, finding{Failure: Failure{
			Source:  source,
			Reason:  reason,
			Detail:  text(member(detail, "reason")),
			Field:   text(member(detail, "source")),
			Message: message,
		}})
	}

	return found
}

// member returns an object's member by its name without regard to case, nil where there is none. Of several the
// one decides that has the name exactly, else the first in the order of bytes.
func member(object map[string]any, name string) any {
	if value, ok := object[name]; ok {
		return value
	}

	found := ""
	for other := range object {
		if strings.EqualFold(other, name) && (found == "" || other < found) {
			found = other
		}
	}

	return object[found]
}

// items returns the objects of a list, or of a lone object in a list's place.
func items(value any) []map[string]any {
	switch value := value.(type) {
	case map[string]any:
		return []map[string]any{value}
	case []any:
		var list []map[string]any

		for _, item := range value {
			if object, ok := item.(map[string]any); ok {
				list = append(list, object)
			}
		}

		return list
	default:
		return nil
	}
}

// text returns a JSON string, number or boolean as text, and "" for the rest.
func text(value any) string {
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case bool, float64, json.Number:
		return fmt.Sprint(value)
	default:
		return ""
	}
}

func unrecognized(status int, detail, body string) finding {
	return finding{Failure: Failure{
		Source:  SourceUnrecognized,
		Reason:  fmt.Sprintf("HTTP_%d", status),
		Detail:  detail,
		Message: body,
	}}
}
