package sandbox

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
)

// Field-level encryption as Token Connect has it: an AES key of its own for each payload, encrypted for an RSA key, all of it
// in hex.

// openFieldLevel decrypts an object encryptedPayload. Its errors are for the client and hold nothing of the content.
func (s *Sandbox) openFieldLevel(payload object) ([]byte, error) {
	private, err := s.fieldLevelKey(payload)
	if err != nil {
		return nil, err
	}

	wrapped, err := hexText(payload, "encryptedKey", 32, 512)
	if err != nil {
		return nil, err
	}

	key, err := unwrapFieldKey(payload, wrapped, private)
	if err != nil {
		return nil, err
	}

	if len(key) != 16 && len(key) != 32 {
		return nil, errors.New("encryptedKey is no key of AES-128 or AES-256")
	}

	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errors.New("encryptedKey is no key of AES")
	}

	data, err := hexText(payload, "encryptedData", 2, 2*maxBodyBytes)
	if err != nil {
		return nil, err
	}

	switch mode := payload.text("algorithmCipherMode"); {
	case mode == "GCM":
		return openFieldGCM(payload, block, data)
	case mode == "CBC", !payload.has("algorithmCipherMode"):
		return openFieldCBC(payload, block, data)
	default:
		return nil, errors.New("algorithmCipherMode is neither CBC nor GCM")
	}
}

// fieldLevelKey finds the key by its fingerprint: the SHA-256 of its SubjectPublicKeyInfo.
func (s *Sandbox) fieldLevelKey(payload object) (*rsa.PrivateKey, error) {
	given, err := hexText(payload, "publicKeyFingerprint", 32, 64)
	if err != nil {
		return nil, err
	}

	for _, key := range s.options.DecryptionKeys {
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			continue
		}

		if sum := sha256.Sum256(der); bytes.Equal(sum[:], given) {
			return key, nil
		}
	}

	return nil, errors.New("publicKeyFingerprint is not that of a current key")
}

// unwrapFieldKey decrypts the AES key. Without the name of a hash it is encrypted by PKCS #1 v1.5.
func unwrapFieldKey(payload object, wrapped []byte, private *rsa.PrivateKey) (key []byte, err error) {
	switch name := payload.text("oaepHashingAlgorithm"); {
	case name == "SHA256":
		key, err = rsa.DecryptOAEP(sha256.New(), nil, private, wrapped, nil)
	case name == "SHA512":
		key, err = rsa.DecryptOAEP(sha512.New(), nil, private, wrapped, nil)
	case !payload.has("oaepHashingAlgorithm"):
		key, err = rsa.DecryptPKCS1v15(nil, private, wrapped) //nolint:staticcheck // as specified; the keys are made for tests
	default:
		return nil, errors.New("oaepHashingAlgorithm is neither SHA256 nor SHA512")
	}

	if err != nil {
		return nil, errors.New("encryptedKey does not decrypt")
	}

	return key, nil
}

func openFieldCBC(payload object, block cipher.Block, data []byte) ([]byte, error) {
	if payload.has("tag") || payload.has("aad") {
		return nil, errors.New("tag and aad are of GCM alone")
	}

	iv := make([]byte, aes.BlockSize) // where none is given

	if payload.has("iv") {
		given, err := hexText(payload, "iv", 2*aes.BlockSize, 2*aes.BlockSize)
		if err != nil {
			return nil, err
		}

		iv = given
	}

	if len(data)%aes.BlockSize != 0 {
		return nil, errors.New("encryptedData is not of whole blocks")
	}

	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)

	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize ||
		!bytes.Equal(plain[len(plain)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errors.New("encryptedData does not decrypt")
	}

	return plain[:len(plain)-padding], nil
}

func openFieldGCM(payload object, block cipher.Block, data []byte) ([]byte, error) {
	const nonce, tagBytes, mostAAD = 12, 16, 36

	iv, errIV := hexText(payload, "iv", 2*nonce, 2*nonce)
	tag, errTag := hexText(payload, "tag", 2*tagBytes, 2*tagBytes)

	if err := errors.Join(errIV, errTag); err != nil {
		return nil, err
	}

	var aad []byte

	if payload.has("aad") {
		given, err := hexText(payload, "aad", 2, mostAAD)
		if err != nil {
			return nil, err
		}

		aad = given
	}

	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, errors.New("GCM cannot be prepared")
	}

	plain, err := aead.Open(nil, iv, append(bytes.Clone(data), tag...), aad)
	if err != nil {
		return nil, errors.New("encryptedData does not decrypt, or the tag is wrong")
	}

	return plain, nil
}

// hexText reads a member in hex, of so many digits.
func hexText(payload object, name string, least, most int) ([]byte, error) {
	text := payload.text(name)

	switch {
	case text == "":
		return nil, fmt.Errorf("%s is missing, or no text", name)
	case len(text) < least || len(text) > most:
		return nil, fmt.Errorf("%s has not %d to %d hexadecimal digits", name, least, most)
	}

	value, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%s is not hexadecimal", name)
	}

	return value, nil
}
