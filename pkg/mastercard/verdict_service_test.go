package mastercard_test

import (
	"testing"

	"enroll.example/clicktopay/pkg/mastercard"
)

// Errors of the service, in its shape and the variants of that.
func TestVerdictsOfTheService(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]answered{
		"declined by the issuer": {
			status: 400, body: serviceError("INVALID_STATE", `[{"reason":"ISSUER_DECLINED","sourceType":"BODY","message":"m","source":"Card"}]`),
			verdict: mastercard.Rejected,
			failure: failure{"service", "INVALID_STATE", "ISSUER_DECLINED", "Card", "m"},
		},
		"a detail of no reason": {
			status: 400, body: serviceError("INVALID_ARGUMENT", `[{"reason":null,"source":"card.cardholderFullName"}]`),
			verdict: mastercard.Rejected,
			failure: failure{"service", "INVALID_ARGUMENT", "", "card.cardholderFullName", "top"},
		},
		"details under the other name": {
			status: 400, body: `{"status":400,"reason":"INVALID_STATE","message":"top","details":[{"reason":"PAN_INELIGIBLE"}]}`,
			verdict: mastercard.Rejected,
			failure: failure{"service", "INVALID_STATE", "PAN_INELIGIBLE", "", "top"},
		},
		"no details": {
			status: 404, body: serviceError("NOT_FOUND", "null"), verdict: mastercard.Rejected,
			failure: failure{"service", "NOT_FOUND", "", "", "top"},
		},
		"the older shape": {
			status: 400, body: `{"code":400,"status":"INVALID_ARGUMENT","message":"top","details":[{"reason":"INVALID_VALUE","source":"x"}]}`,
			verdict: mastercard.Rejected,
			failure: failure{"service", "INVALID_ARGUMENT", "INVALID_VALUE", "x", "top"},
		},
		"wrapped": {
			status: 401,
			body: `{"error":{"status":401,"reason":"DECLINED","message":"top","errordetail":[{"reason":"DECLINED",
				"sourceType":"Gateway","source":"Gateway"}]}}`,
			verdict: mastercard.Halted,
			failure: failure{"gateway", "DECLINED", "DECLINED", "Gateway", "top"},
		},
		"enrolled before": {
			status: 409, body: serviceError("ALREADY_EXISTS", "null"), verdict: mastercard.AlreadyEnrolled,
			failure: failure{"service", "ALREADY_EXISTS", "", "", "top"},
		},
		"enrolled before, as a detail": {
			status: 400, body: serviceError("INVALID_STATE", `[{"reason":"ALREADY_EXISTS"}]`), verdict: mastercard.AlreadyEnrolled,
			failure: failure{"service", "INVALID_STATE", "ALREADY_EXISTS", "", "top"},
		},
		"wrong client id": {
			status: 403, body: serviceError("PERMISSION_DENIED", "null"), verdict: mastercard.Halted,
			failure: failure{"service", "PERMISSION_DENIED", "", "", "top"},
		},
		"client id well formed but not known": {
			status: 400, body: serviceError("INVALID_STATE", `[{"reason":"INVALID_VALUE","source":"srcClientId"}]`),
			verdict: mastercard.Halted,
			failure: failure{"service", "INVALID_STATE", "INVALID_VALUE", "srcClientId", "top"},
		},
		"wrong service id": {
			status: 403, body: serviceError("PERMISSION_DENIED", `[{"reason":"INVALID_VALUE","source":"serviceId"}]`),
			verdict: mastercard.Halted,
			failure: failure{"service", "PERMISSION_DENIED", "INVALID_VALUE", "serviceId", "top"},
		},
		"a card under 403 does not stop the line": {
			status: 403, body: serviceError("PERMISSION_DENIED", `[{"reason":"RESTRICTED","source":"Card"}]`),
			verdict: mastercard.Rejected,
			failure: failure{"service", "PERMISSION_DENIED", "RESTRICTED", "Card", "top"},
		},
		"card that cannot be decrypted": {
			status: 400, body: serviceError("INVALID_ARGUMENT", `[{"reason":"CORRUPT_DATA","source":"encryptedCard"}]`),
			verdict: mastercard.Halted,
			failure: failure{"service", "INVALID_ARGUMENT", "CORRUPT_DATA", "encryptedCard", "top"},
		},
		"no answer from the issuer": {
			status: 503, body: serviceError("UNAVAILABLE", `[{"reason":"NO_RESPONSE_FROM_ISSUER"}]`), verdict: mastercard.Retry,
			failure: failure{"service", "UNAVAILABLE", "NO_RESPONSE_FROM_ISSUER", "", "top"},
		},
		"its own deadline passed": {
			status: 500, body: serviceError("DEADLINE_EXCEEDED", "null"), verdict: mastercard.Unknown,
			failure: failure{"service", "DEADLINE_EXCEEDED", "", "", "top"},
		},
		"several details, of which one is about credentials": {
			status:  400,
			body:    serviceError("INVALID_ARGUMENT", `[{"reason":"INVALID_VALUE","source":"x"},{"reason":"INVALID_VALUE","source":"srcClientId"}]`),
			verdict: mastercard.Halted,
			failure: failure{"service", "INVALID_ARGUMENT", "INVALID_VALUE", "srcClientId", "top"},
		},
		"a reason that is not known": {
			status: 422, body: serviceError("NEW", `[{"reason":"NEWER"}]`), verdict: mastercard.Retry,
			failure: failure{"service", "NEW", "NEWER", "", "top"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}
