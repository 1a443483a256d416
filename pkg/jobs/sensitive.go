package jobs

import (
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// sensitive finds members that hold sensitive authentication data: the security code, the PIN, the magnetic stripe. PCI DSS 3.3
// forbids to keep them, encrypted or not. It looks before the schema does, which names only the first thing that is wrong: a job
// with such a member must be known as one, whatever else is wrong with it, because no copy of it may be kept.
func sensitive(path string, value any) *Problem {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			if what, found := sensitiveName(name); found {
				return problem(ReasonSecurityCode, nameOnly(path, name), "is the card's %s, which must never be sent", what)
			}

			if holdsTrack(name) {
				return problem(ReasonSecurityCode, path, "has a member that is named by the card's magnetic stripe, which must never be sent")
			}

			if p := sensitive(at, item); p != nil {
				return p
			}
		}
	case []any:
		for _, item := range v {
			if p := sensitive(path, item); p != nil {
				return p
			}
		}
	case string:
		if holdsTrack(v) {
			return problem(ReasonSecurityCode, pan.MaskText(path), "holds the card's magnetic stripe, which must never be sent")
		}
	}

	return nil
}

// nameOnly is the path of a member without the code that may stand in its name, as in "cvc=123".
func nameOnly(path, name string) string {
	if end := strings.IndexFunc(name, func(r rune) bool { return !inWord(r) && !strings.ContainsRune("_- ", r) }); end >= 0 {
		name = name[:end]
	}

	return pan.MaskText(strings.TrimPrefix(path+"."+strings.TrimRight(name, " "), "."))
}

// sensitiveTexts is for payloads that break their schema: a text in them may hold a document of its own, or be a note with a
// code. Names and addresses of people are left out, where such words are words like others.
func sensitiveTexts(path string, value any) *Problem {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			if p := sensitiveTexts(at, item); p != nil {
				return p
			}
		}
	case []any:
		for _, item := range v {
			if p := sensitiveTexts(path, item); p != nil {
				return p
			}
		}
	case string:
		name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
		if !strings.Contains(name, "name") && !strings.Contains(strings.ToLower(path), "address") && namesSensitive(v) {
			return problem(ReasonSecurityCode, pan.MaskText(path), "names a security code, PIN or stripe, which must never be sent")
		}
	}

	return nil
}
