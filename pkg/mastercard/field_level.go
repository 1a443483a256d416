package mastercard

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"regexp"
	"slices"
)

// A FieldCipher names how Token Connect's accounts are encrypted: AES with a key of 128 or 256 bits that is used once, in CBC
// (PKCS#7 padding) or GCM (a tag of 128 bits).
type FieldCipher string

// The ciphers. The specification requires AES-128 and calls AES-256 optional; a working issuer uses AES-128 in CBC.
const (
	AES128CBC FieldCipher = "aes-128-cbc"
	AES256CBC FieldCipher = "aes-256-cbc"
	AES128GCM FieldCipher = "aes-128-gcm"
	AES256GCM FieldCipher = "aes-256-gcm"
)

// FieldCiphers are all of them.
func FieldCiphers() []FieldCipher { return []FieldCipher{AES128CBC, AES256CBC, AES128GCM, AES256GCM} }

// Valid reports whether c is one of the ciphers.
func (c FieldCipher) Valid() bool { return slices.Contains(FieldCiphers(), c) }

func (c FieldCipher) keyBytes() int {
	if c == AES256CBC || c == AES256GCM {
		return 32
	}

	return 16
}

func (c FieldCipher) gcm() bool { return c == AES128GCM || c == AES256GCM }

// An OAEPHash names the hash of RSA-OAEP (and of its MGF1) by which the one-time key is encrypted.
type OAEPHash string

// The hashes. A working issuer uses SHA-512.
const (
	OAEPSHA256 OAEPHash = "sha256"
	OAEPSHA512 OAEPHash = "sha512"
)

// Valid reports whether h is one of the hashes.
func (h OAEPHash) Valid() bool { return h == OAEPSHA256 || h == OAEPSHA512 }

func (h OAEPHash) name() string {
	if h == OAEPSHA256 {
		return "SHA256"
	}

	return "SHA512"
}

func (h OAEPHash) new() hash.Hash {
	if h == OAEPSHA256 {
		return sha256.New()
	}

	return sha512.New()
}

// fieldLevel is Mastercard's field-level encryption as Token Connect has it. It is no JWE.
type fieldLevel struct {
	cipher FieldCipher
	oaep   OAEPHash
}

// fieldPayload is the object encryptedPayload. All of it is hex.
type fieldPayload struct {
	EncryptedData        string `json:"encryptedData"`
	EncryptedKey         string `json:"encryptedKey"`
	PublicKeyFingerprint string `json:"publicKeyFingerprint"`
	OAEPHashingAlgorithm string `json:"oaepHashingAlgorithm"`
	IV                   string `json:"iv"`
	AlgorithmCipherMode  string `json:"algorithmCipherMode"`
	Tag                  string `json:"tag,omitempty"`
}

// longestWrappedKey is what encryptedKey may have, in bytes: 512 hexadecimal digits, a key of 2048 bits.
const longestWrappedKey = 256

// fingerprintForm is what publicKeyFingerprint may be.
var fingerprintForm = regexp.MustCompile(`^[0-9A-Fa-f]{32,64}$`)

// encrypt encrypts with a key and an IV that are used for nothing else.
func (f fieldLevel) encrypt(plain []byte, public *rsa.PublicKey, fingerprint string) (fieldPayload, error) {
	if public.Size() > longestWrappedKey {
		return fieldPayload{}, fmt.Errorf("the key has %d bits: Token Connect takes no more than %d",
			public.N.BitLen(), 8*longestWrappedKey)
	}

	key := make([]byte, f.cipher.keyBytes())
	defer clear(key)

	if _, err := rand.Read(key); err != nil {
		return fieldPayload{}, fmt.Errorf("making a key: %w", err)
	}

	block, err := aes.NewCipher(key)
	if err != nil {
		return fieldPayload{}, fmt.Errorf("preparing AES: %w", err)
	}

	made := fieldPayload{PublicKeyFingerprint: fingerprint, OAEPHashingAlgorithm: f.oaep.name()}

	if f.cipher.gcm() {
		err = made.gcm(block, plain)
	} else {
		err = made.cbc(block, plain)
	}

	if err != nil {
		return fieldPayload{}, err
	}

	wrapped, err := rsa.EncryptOAEP(f.oaep.new(), rand.Reader, public, key, nil)
	if err != nil {
		return fieldPayload{}, fmt.Errorf("encrypting the key: %w", err)
	}

	made.EncryptedKey = hex.EncodeToString(wrapped)

	return made, nil
}

func (p *fieldPayload) cbc(block cipher.Block, plain []byte) error {
	iv := make([]byte, aes.BlockSize)
	if _, err := rand.Read(iv); err != nil {
		return fmt.Errorf("making an IV: %w", err)
	}

	// PKCS#7: as many bytes as are missing to the next block, each of that value; a whole block where none is.
	missing := aes.BlockSize - len(plain)%aes.BlockSize
	data := make([]byte, 0, len(plain)+missing)
	data = append(append(data, plain...), bytes.Repeat([]byte{byte(missing)}, missing)...)

	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data) // in place, so that no copy of the plaintext is left

	p.AlgorithmCipherMode, p.IV, p.EncryptedData = "CBC", hex.EncodeToString(iv), hex.EncodeToString(data)

	return nil
}

func (p *fieldPayload) gcm(block cipher.Block, plain []byte) error {
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return fmt.Errorf("preparing GCM: %w", err)
	}

	iv := make([]byte, aead.NonceSize())
	if _, err := rand.Read(iv); err != nil {
		return fmt.Errorf("making an IV: %w", err)
	}

	sealed := aead.Seal(nil, iv, plain, nil)

	at := len(sealed) - aead.Overhead()
	if at < 0 {
		return errors.New("GCM gave no tag")
	}

	p.AlgorithmCipherMode, p.IV = "GCM", hex.EncodeToString(iv)
	p.EncryptedData, p.Tag = hex.EncodeToString(sealed[:at]), hex.EncodeToString(sealed[at:])

	return nil
}
