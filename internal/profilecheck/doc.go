// Package profilecheck holds a profile against an OpenAPI description of the API, and says where they differ.
package profilecheck
