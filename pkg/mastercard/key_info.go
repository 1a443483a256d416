package mastercard

import (
	"maps"
	"slices"
	"time"
)

// A KeyInfo describes a key that is loaded, for people.
type KeyInfo struct {
	Purpose     string // signing, encryption, decryption
	KID         string // empty for a signing key, which has none
	Bits        int
	Fingerprint string    // SHA-256, in hex, of the public key (SubjectPublicKeyInfo)
	NotAfter    time.Time // zero when it is not known
}

// Info describes the key.
func (k *SigningKey) Info() KeyInfo {
	return KeyInfo{Purpose: "signing", Bits: k.bits, Fingerprint: k.sha256, NotAfter: k.notAfter}
}

// Info describes the key.
func (k *EncryptionKey) Info() KeyInfo {
	return KeyInfo{Purpose: "encryption", KID: k.kid, Bits: k.public.N.BitLen(), Fingerprint: k.sha256, NotAfter: k.notAfter}
}

// Info describes the keys, by kid.
func (k *DecryptionKeys) Info() []KeyInfo {
	var all []KeyInfo

	for _, kid := range slices.Sorted(maps.Keys(k.byKID)) {
		info := k.byKID[kid].Info()
		info.Purpose, info.KID = "decryption", kid
		all = append(all, info)
	}

	return all
}
