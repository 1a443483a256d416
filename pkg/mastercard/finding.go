package mastercard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// A finding is one thing that is known about how a call ended: an error that an
// answer reports, or the absence of an answer. An answer can report several.
type finding struct {
	Failure

	recoverable string // "true" or "false" as the gateway says, else ""
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
//	{"Error":[...]}                                                             the same, bare
//	{"status":400,"reason","message","errordetail":[{"reason","source",...}]}   the service
//	{"status":400,"reason","message","details":[...]}                           a variant
//	{"code":400,"status":"INVALID_ARGUMENT","message","details":[...]}          an older one
//	{"error":{...}}                                                             the service's, wrapped
//
// Members of unexpected types are passed over. What is in none of these shapes
// gives one finding of SourceUnrecognized.
func findings(status int, header http.Header, body []byte, truncated bool) []finding {
	if truncated {
		return []finding{unrecognized(status, DetailTruncated, "")}
	}

	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return []finding{unrecognized(status, DetailEmpty, "")}
	}

	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		if looksLikeHTML(header, body) {
			return []finding{unrecognized(status, DetailHTML, string(body))}
		}

		return []finding{unrecognized(status, DetailNotJSON, string(body))}
	}

	found := errorsIn(tree)
	if len(found) == 0 {
		// Encoded anew, so that no escape hides digits from the mask.
		if plain, err := json.Marshal(tree); err == nil {
			body = plain
		}

		return []finding{unrecognized(status, DetailNoError, string(body))}
	}

	return found
}

func errorsIn(tree any) []finding {
	root, _ := tree.(map[string]any)

	if list, ok := root["Errors"].(map[string]any); ok {
		return gatewayErrors(list["Error"])
	}
	if list, ok := root["Errors"]; ok {
		return gatewayErrors(list)
	}
	if bare, ok := root["Error"]; ok {
		return gatewayErrors(bare)
	}
	if wrapped, ok := root["error"].(map[string]any); ok {
		return serviceErrors(wrapped)
	}

	return serviceErrors(root)
}

func gatewayErrors(value any) []finding {
	var found []finding

	for _, item := range items(value) {
		reason := text(item["ReasonCode"])
		if reason == "" {
			continue
		}

		source := SourceService
		if named := text(item["Source"]); named == "" || strings.EqualFold(named, "Gateway") {
			source = SourceGateway
		}

		found = append(found, finding{
			Failure:     Failure{Source: source, Reason: reason, Message: text(item["Description"])},
			recoverable: strings.ToLower(text(item["Recoverable"])),
		})
	}

	return found
}

func serviceErrors(root map[string]any) []finding {
	reason := text(root["reason"])
	if status, ok := root["status"].(string); reason == "" && ok {
		reason = status
	}
	if reason == "" {
		return nil
	}

	details := items(root["errordetail"])
	if len(details) == 0 {
		details = items(root["details"])
	}
	if len(details) == 0 {
		details = []map[string]any{nil}
	}

	var found []finding

	for _, detail := range details {
		message := text(detail["message"])
		if message == "" {
			message = text(root["message"])
		}

		source := SourceService
		if strings.EqualFold(text(detail["sourceType"]), "Gateway") {
			source = SourceGateway
		}

		found = append(found, finding{Failure: Failure{
			Source:  source,
			Reason:  reason,
			Detail:  text(detail["reason"]),
			Field:   text(detail["source"]),
			Message: message,
		}})
	}

	return found
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
	case bool, float64:
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

func looksLikeHTML(header http.Header, body []byte) bool {
	return strings.Contains(strings.ToLower(header.Get("Content-Type")), "html") || bytes.HasPrefix(body, []byte("<"))
}
