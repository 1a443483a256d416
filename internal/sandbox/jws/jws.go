// Package jws reads and verifies what clients sign with their keys: JSON Web Signatures in compact form (RFC 7515), with PS256 or
// ES256 and nothing else, as FAPI 2.0 has it. It shares no code with the client, and no library.
package jws

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

const (
	maxToken       = 16 << 10
	saltBytes      = sha256.Size
	signatureBytes = 64 // of ES256: r and s
)

// Token is what was signed, before anybody has verified it.
type Token struct {
	Header, Claims map[string]any

	input     string
	signature []byte
}

// Parse takes a token apart. Whatever could be read in two ways is refused.
func Parse(compact string) (Token, error) {
	if len(compact) > maxToken {
		return Token{}, errors.New("it is too long")
	}

	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return Token{}, errors.New("it has not three parts")
	}

	header, err := object(parts[0])
	if err != nil {
		return Token{}, fmt.Errorf("its header %w", err)
	}

	claims, err := object(parts[1])
	if err != nil {
		return Token{}, fmt.Errorf("its payload %w", err)
	}

	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil {
		return Token{}, errors.New("its signature is not base64url")
	}

	return Token{Header: header, Claims: claims, input: parts[0] + "." + parts[1], signature: signature}, nil
}

func object(part string) (map[string]any, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, errors.New("is not base64url")
	}

	var members map[string]any

	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()

	if err := decoder.Decode(&members); err != nil || members == nil {
		return nil, errors.New("is not a JSON object")
	}

	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("has something behind it")
	}

	return members, nil
}

// Text returns a member that is a text, else "".
func Text(members map[string]any, name string) string {
	text, _ := members[name].(string)

	return text
}

// Seconds returns a member that is a whole number of seconds since 1970.
func Seconds(members map[string]any, name string) (int64, error) {
	number, ok := members[name].(json.Number)
	if !ok {
		return 0, fmt.Errorf("it has no %s that is a number", name)
	}

	seconds, err := number.Int64()
	if err != nil {
		return 0, fmt.Errorf("its %s is not a whole number", name)
	}

	return seconds, nil
}

// Verify reports why the key has not made the signature. The header's alg has to be the key's.
func (t Token) Verify(key crypto.PublicKey) error {
	algorithm := Text(t.Header, "alg")
	sum := sha256.Sum256([]byte(t.input))

	if _, critical := t.Header["crit"]; critical {
		return errors.New("its header has crit, of which nothing is understood")
	}

	switch key := key.(type) {
	case *rsa.PublicKey:
		if algorithm != "PS256" {
			return fmt.Errorf("its alg is %.20q, and of an RSA key it has to be PS256", algorithm)
		}

		return rsa.VerifyPSS(key, crypto.SHA256, sum[:], t.signature, &rsa.PSSOptions{SaltLength: saltBytes})
	case *ecdsa.PublicKey:
		if algorithm != "ES256" {
			return fmt.Errorf("its alg is %.20q, and of an EC key it has to be ES256", algorithm)
		}

		if len(t.signature) != signatureBytes {
			return errors.New("its signature is not r and s of 32 bytes each")
		}

		r, s := new(big.Int).SetBytes(t.signature[:signatureBytes/2]), new(big.Int).SetBytes(t.signature[signatureBytes/2:])
		if !ecdsa.Verify(key, sum[:], r, s) {
			return errors.New("its signature is not that of the key")
		}

		return nil
	default:
		return errors.New("the key is neither RSA nor EC")
	}
}
