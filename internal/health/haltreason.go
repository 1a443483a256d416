package health

import (
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/mastercard"
)

const (
	reasonNone  = "none"
	reasonOther = "OTHER"
)

// haltReason is the code at the front of a halt's text, if it is one of those that
// the verdict table tells apart: a label must not take whatever text an API answers.
func haltReason(text string) string {
	if text == "" {
		return reasonNone
	}

	code, _, _ := strings.Cut(text, ":")
	if !slices.Contains(haltReasons(), code) {
		return reasonOther
	}

	return code
}

func haltReasons() []string {
	return []string{
		mastercard.ReasonKeyMissing, mastercard.ReasonKeyExpired, mastercard.ReasonInvalidSetting,
		mastercard.ReasonNotEncrypted, mastercard.ReasonNotSigned,
		"AUTHENTICATION_FAILED", "INVALID_SIGNATURE", "INVALID_KEY", "INVALID_AUTH_HEADER", "INVALID_BODY_HASH",
		"UNAUTHENTICATED", "PERMISSION_DENIED", "DECLINED", "INVALID_STATE",
		"HTTP_401", "HTTP_403", "HTTP_404", "HTTP_405", "HTTP_407",
	}
}
