package oauth2

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// IsJWK reports whether a key file's content is JSON, so that it can only be a JWK.
func IsJWK(data []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) }

// ParseJWK returns the private key of a JWK, or of a set with one private key in it. Errors hold no key material.
func ParseJWK(data []byte) (crypto.PrivateKey, error) {
	var file struct {
		Keys []json.RawMessage `json:"keys"`
	}

	if err := json.Unmarshal(data, &file); err != nil {
		return nil, errors.New("it is not JSON, so it is no JWK")
	}

	if file.Keys == nil {
		return privateIn(data)
	}

	var (
		private crypto.PrivateKey
		wrong   error
	)

	for _, each := range file.Keys {
		found, err := privateIn(each)

		switch {
		case err != nil:
			wrong = err
		case private != nil:
			return nil, errors.New("it is a set with several private keys: leave the one that is meant")
		default:
			private = found
		}
	}

	if private == nil {
		return nil, fmt.Errorf("it is a set without a private key: %w", wrongOr(wrong))
	}

	return private, nil
}

func wrongOr(err error) error {
	if err == nil {
		return errors.New("it is empty")
	}

	return err
}

func privateIn(data []byte) (crypto.PrivateKey, error) {
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(data); err != nil {
		return nil, errors.New("it is not a JWK that can be read: it needs kty and the members of that kind")
	}

	if key.IsPublic() {
		return nil, errors.New("it is a public key: the private one has a member d")
	}

	return key.Key, nil
}
