package mastercard

// Base URLs of the API. Cards issued in India have to go to the India hosts
// (documented for the sibling card-on-file product, inferred for issuers).
const (
	Sandbox         = "https://sandbox.api.mastercard.com/src/api/digital/payments"
	Production      = "https://api.mastercard.com/src/api/digital/payments"
	SandboxIndia    = "https://sandbox.api.mastercard.co.in/src/api/digital/payments"
	ProductionIndia = "https://api.mastercard.co.in/src/api/digital/payments"
)

// URLs of the published encryption keys (JWKS, fetched unsigned).
const (
	SandboxKeys    = "https://sandbox.src.mastercard.com/keys"
	ProductionKeys = "https://src.mastercard.com/keys"
)
