package sandbox

import (
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/pkg/pan"
)

// opener opens encrypted cards (JWE, RFC 7516, compact serialization).
type opener struct {
	keys     map[string]*rsa.PrivateKey
	contents []jose.ContentEncryption
	logger   *slog.Logger
}

func newOpener(options Options) *opener {
	contents := []jose.ContentEncryption{jose.A128GCM}
	if options.AcceptA256GCM {
		contents = append(contents, jose.A256GCM)
	}

	return &opener{keys: options.DecryptionKeys, contents: contents, logger: options.Logger}
}

// open returns the plaintext. Its errors are for the client and hold nothing of the content.
func (o *opener) open(token string) ([]byte, error) {
	header, err := readEnvelope(token)
	if err != nil {
		return nil, err
	}

	if header.Alg != string(jose.RSA_OAEP_256) {
		return nil, errors.New("alg is not RSA-OAEP-256")
	}

	if !slices.Contains(o.contents, jose.ContentEncryption(header.Enc)) {
		return nil, fmt.Errorf("enc is not one of %v", o.contents)
	}

	keys, err := o.candidates(header.Kid)
	if err != nil {
		return nil, err
	}

	parsed, err := jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, o.contents)
	if err != nil {
		return nil, errors.New("it is not a JWE that can be read")
	}

	for _, key := range keys {
		if plaintext, err := parsed.Decrypt(key); err == nil {
			return plaintext, nil
		}
	}

	return nil, errors.New("it does not decrypt: wrong key or altered content")
}

// candidates are the keys to try: the one named or, since old samples of the API have no kid, each.
func (o *opener) candidates(kid *string) ([]*rsa.PrivateKey, error) {
	if kid == nil {
		o.logger.Warn("an encrypted card names no key: send the kid that Mastercard publishes")

		var all []*rsa.PrivateKey
		for _, name := range slices.Sorted(maps.Keys(o.keys)) {
			all = append(all, o.keys[name])
		}

		return all, nil
	}

	key, known := o.keys[*kid]
	if !known {
		o.logger.Warn("an encrypted card names an unknown key", slog.String("kid", pan.MaskText(quoteShort(*kid))))
		return nil, errors.New("kid is not that of a current key")
	}

	return []*rsa.PrivateKey{key}, nil
}

// envelopeHeader is the protected header. What else it holds is accepted, but for what would
// change how the content is read.
type envelopeHeader struct {
	Alg  string          `json:"alg"`
	Enc  string          `json:"enc"`
	Kid  *string         `json:"kid"`
	Zip  json.RawMessage `json:"zip"`
	Crit json.RawMessage `json:"crit"`
}

// readEnvelope looks at the form before any cryptography. It insists on canonical base64url: the
// decoder of encoding/base64 skips line breaks and unused bits, so that two texts could be one token.
func readEnvelope(token string) (envelopeHeader, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 5 {
		return envelopeHeader{}, errors.New("it has not the five parts of a compact JWE")
	}

	for i, part := range parts {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return envelopeHeader{}, fmt.Errorf("part %d is not base64url", i+1)
		}

		if len(raw) == 0 {
			return envelopeHeader{}, fmt.Errorf("part %d is empty", i+1)
		}
	}

	raw, _ := base64.RawURLEncoding.DecodeString(parts[0]) // was decoded above

	var header envelopeHeader
	if err := json.Unmarshal(raw, &header); err != nil || !bytes.HasPrefix(raw, []byte("{")) {
		return envelopeHeader{}, errors.New("its protected header is not a JSON object")
	}

	if header.Zip != nil || header.Crit != nil {
		return envelopeHeader{}, errors.New("its protected header has zip or crit")
	}

	return header, nil
}
