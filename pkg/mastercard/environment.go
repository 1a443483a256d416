package mastercard

import (
	"net/url"
	"strings"
)

// Base URLs of the API. Cards issued in India have to go to the India hosts
// (documented for the sibling card-on-file product, inferred for issuers).
const (
	Sandbox         = "https://sandbox.api.mastercard.com/src/api/digital/payments"
	Production      = "https://api.mastercard.com/src/api/digital/payments"
	SandboxIndia    = "https://sandbox.api.mastercard.co.in/src/api/digital/payments"
	ProductionIndia = "https://api.mastercard.co.in/src/api/digital/payments"
)

// AtMastercard reports whether a base URL names one of Mastercard's own hosts.
func AtMastercard(baseURL string) bool {
	base, err := url.Parse(baseURL)
	if err != nil {
		return false
	}

	host := "." + strings.ToLower(strings.TrimSuffix(base.Hostname(), "."))

	return strings.HasSuffix(host, ".mastercard.com") || strings.HasSuffix(host, ".mastercard.co.in")
}

// AtProduction reports whether a base URL names one of Mastercard's own hosts that is not its sandbox's.
func AtProduction(baseURL string) bool {
	base, err := url.Parse(baseURL)

	return err == nil && AtMastercard(baseURL) && !strings.HasPrefix(strings.ToLower(base.Hostname()), "sandbox.")
}

// URLs of the published encryption keys (JWKS, fetched unsigned).
const (
	SandboxKeys    = "https://sandbox.src.mastercard.com/keys"
	ProductionKeys = "https://src.mastercard.com/keys"
)

// PublishedKeys is the URL of the key set that belongs to a base URL, "" for what is no host of Mastercard's.
func PublishedKeys(baseURL string) string {
	switch {
	case !AtMastercard(baseURL):
		return ""
	case AtProduction(baseURL):
		return ProductionKeys
	default:
		return SandboxKeys
	}
}
