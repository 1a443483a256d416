package mastercard

import (
	"slices"
	"strconv"
	"strings"
)

// The sources that an error in the gateway's shape can name, in lower case. What names another one, such as a proxy, a
// backend behind a wrong address or another product of Mastercard's, is not the service's word on a card.
const (
	namedGateway = "gateway"
	// Those of the specification of Token Connect (Error.source). That the card service uses them too is inferred. A row
	// of one's own in the verdict table takes another: its name is the error's detail.
	namedInput = "input"
	namedMDES  = "mdes"
)

// sourceNamed returns who reports an error in the gateway's shape.
func sourceNamed(name string) string {
	switch strings.ToLower(name) {
	case "", namedGateway:
		return SourceGateway
	case namedInput, namedMDES:
		return SourceService
	default:
		return SourceUnrecognized
	}
}

// isServiceError reports whether an error has all that the service's specification requires of one: a reason alone
// is what any server may write. Google's APIs and gateways in front of others write
// {"error":{"code":404,"status":"NOT_FOUND","message"}}, with the service's own words.
func isServiceError(root map[string]any, wrapped bool) bool {
	if text(member(root, "message")) == "" {
		return false
	}
	if isHTTPStatus(member(root, "status")) {
		return text(member(root, "reason")) != ""
	}

	// The older shape, which is known bare and with details only.
	return !wrapped && text(member(root, "reason")) == "" && isHTTPStatus(member(root, "code")) &&
		slices.ContainsFunc(items(member(root, "details")), func(detail map[string]any) bool {
			return text(member(detail, "source")) != "" || text(member(detail, "sourceType")) != ""
		})
}

func isHTTPStatus(value any) bool {
	status, err := strconv.Atoi(text(value))
	return err == nil && status >= 100 && status <= 599
}
