package sandbox

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

// bodyHash is that of the OAuth Request Body Hash draft, with SHA-256 for SHA-1 as
// Mastercard has it. An empty body has a hash too.
func bodyHash(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// signed reports whether one of the keys made the signature: RSASSA-PKCS1-v1_5 with SHA-256.
func signed(base, signature string, keys []*rsa.PublicKey) bool {
	raw, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}

	sum := sha256.Sum256([]byte(base))

	return slices.ContainsFunc(keys, func(key *rsa.PublicKey) bool {
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) == nil
	})
}
