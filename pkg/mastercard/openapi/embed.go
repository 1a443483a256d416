// Package openapi holds the OpenAPI 3.0 description of the card API: the one
// thing that the client and the sandbox share.
package openapi

import _ "embed"

//go:embed openapi.yaml
var document []byte

// YAML returns a copy of the description.
func YAML() []byte { return append([]byte(nil), document...) }
