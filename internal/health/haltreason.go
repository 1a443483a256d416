package health

import (
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/jobs"
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

	at := slices.IndexFunc(haltReasons(), func(known string) bool { return strings.EqualFold(known, code) })
	if at < 0 {
		return reasonOther
	}

	return haltReasons()[at]
}

func haltReasons() []string {
	return []string{
		mastercard.ReasonKeyMissing, mastercard.ReasonKeyExpired, mastercard.ReasonInvalidSetting,
		mastercard.ReasonNotEncrypted, mastercard.ReasonNotSigned,
		"AUTHENTICATION_FAILED", "AUTHORIZATION_FAILED", "INVALID_SIGNATURE", "INVALID_KEY", "INVALID_AUTH_HEADER", "INVALID_BODY_HASH",
		"UNAUTHENTICATED", "PERMISSION_DENIED", "DECLINED", "INVALID_STATE",
		"CRYPTO_ERROR", "CRYPTOGRAPHY_ERROR", "ENCRYPTION_ERROR", "DECRYPTION_ERROR",
		"INVALID_CLIENT_ID", "clientid.invalid", "openapi.invalid.xclient.id",
		"invalid_client", "unauthorized_client", "invalid_scope", "invalid_dpop_proof", "invalid_request", "invalid_grant",
		"unsupported_grant_type", "access_denied", "invalid_token", "insufficient_scope",
		"HTTP_301", "HTTP_302", "HTTP_303", "HTTP_307", "HTTP_308",
		"HTTP_401", "HTTP_403", "HTTP_404", "HTTP_405", "HTTP_407",
		// What the worker lacks, or does wrong.
		string(jobs.ReasonUnknownKid), string(jobs.ReasonNoIdentity), "MISSING_HMAC_KEY", string(jobs.ReasonWorkerPanic),
		// Obstacles that go on, and rejections that are all alike.
		mastercard.ReasonTLS, mastercard.ReasonProxy, mastercard.ReasonDNS, mastercard.ReasonUnreachable,
		"HTTP_200", "HTTP_400", "HTTP_413", "HTTP_451", "INVALID_ARGUMENT", "INVALID_REQUEST", "COMPLIANCE_REQUIRED",
	}
}
