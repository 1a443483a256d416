package sandbox

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"
	"time"
)

// KeyID makes a kid in the form of those that Mastercard publishes.
func KeyID(made time.Time) string {
	return made.UTC().Format("20060102150405") + "-sandbox-fpan-encryption-src-mastercard-int"
}

// jsonWebKey is a key as Mastercard publishes it (RFC 7517), with key_ops, which go-jose's type has not.
type jsonWebKey struct {
	Kty    string   `json:"kty"`
	E      string   `json:"e"`
	Use    string   `json:"use"`
	Kid    string   `json:"kid"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	N      string   `json:"n"`
}

// keySetJSON is the JWK set of the public halves, newest kid first as the kids' dates have it.
func keySetJSON(keys map[string]*rsa.PrivateKey) ([]byte, error) {
	set := struct {
		Keys []jsonWebKey `json:"keys"`
	}{}

	kids := slices.Sorted(maps.Keys(keys))
	slices.Reverse(kids)

	for _, kid := range kids {
		public := keys[kid].PublicKey
		set.Keys = append(set.Keys, jsonWebKey{
			Kty:    "RSA",
			E:      base64.RawURLEncoding.EncodeToString(big.NewInt(int64(public.E)).Bytes()),
			Use:    "enc",
			Kid:    kid,
			KeyOps: []string{"wrapKey", "encrypt"},
			Alg:    "RSA-OAEP-256",
			N:      base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		})
	}

	body, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("writing the key set: %w", err)
	}

	return body, nil
}

// serveKeys answers without OAuth, as Mastercard's key endpoints do.
func (s *Sandbox) serveKeys(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)

		return
	}

	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.keySet) // a client that has gone is nobody's loss
}
