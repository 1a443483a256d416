// Package mastercard calls the Mastercard API that enrolls cards into Click to Pay.
//
// A [Client] encrypts the card (JWE), signs the request (OAuth 1.0a, RSA-SHA256,
// body hash), sends it within a deadline, and turns whatever comes back, or does
// not, into one [Verdict]. It never retries by itself: the verdict says whether
// and how a caller may, and each call is signed anew.
//
// Which answer means what is a table ([VerdictTable]), not code. Nothing else
// should look at an HTTP status.
//
// The facts about the API come from Mastercard's public documentation and
// specifications; what is only inferred from them is marked so, in
// openapi/openapi.yaml and in the verdict table, and can be configured.
package mastercard

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 --config types.cfg.yaml openapi/openapi.yaml
