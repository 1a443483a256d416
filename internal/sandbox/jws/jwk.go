package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
)

const (
	smallestKeyBits = 2048
	largestExponent = 1<<31 - 1
	coordinateBytes = 32
)

// PublicKey reads a JSON Web Key (RFC 7517) that has to be public, and returns its thumbprint (RFC 7638) as well.
func PublicKey(value any) (crypto.PublicKey, string, error) {
	members, ok := value.(map[string]any)
	if !ok {
		return nil, "", errors.New("it is not a JSON object")
	}

	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, has := members[private]; has {
			return nil, "", fmt.Errorf("it has the private member %s", private)
		}
	}

	switch Text(members, "kty") {
	case "EC":
		return publicEC(members)
	case "RSA":
		return publicRSA(members)
	default:
		return nil, "", errors.New("its kty is neither EC nor RSA")
	}
}

func publicEC(members map[string]any) (crypto.PublicKey, string, error) {
	x, errX := decoded(members, "x")
	y, errY := decoded(members, "y")

	if err := errors.Join(errX, errY); err != nil {
		return nil, "", err
	}

	if Text(members, "crv") != "P-256" || len(x) != coordinateBytes || len(y) != coordinateBytes {
		return nil, "", errors.New("it is not a key of P-256")
	}

	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil, "", errors.New("it is not a point of P-256")
	}

	return key, thumbprint(`{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, members, "x", "y"), nil
}

func publicRSA(members map[string]any) (crypto.PublicKey, string, error) {
	n, errN := decoded(members, "n")
	e, errE := decoded(members, "e")

	if err := errors.Join(errN, errE); err != nil {
		return nil, "", err
	}

	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if modulus.BitLen() < smallestKeyBits || !exponent.IsInt64() || exponent.Int64() > largestExponent || exponent.Int64() < 3 {
		return nil, "", fmt.Errorf("it is not an RSA key of at least %d bits", smallestKeyBits)
	}

	key := &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}

	return key, thumbprint(`{"e":"%s","kty":"RSA","n":"%s"}`, members, "e", "n"), nil
}

func decoded(members map[string]any, name string) ([]byte, error) {
	bytes, err := base64.RawURLEncoding.Strict().DecodeString(Text(members, name))
	if err != nil || len(bytes) == 0 {
		return nil, fmt.Errorf("its %s is not base64url", name)
	}

	return bytes, nil
}

func thumbprint(form string, members map[string]any, first, second string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, form, Text(members, first), Text(members, second)))

	return base64.RawURLEncoding.EncodeToString(sum[:])
}
