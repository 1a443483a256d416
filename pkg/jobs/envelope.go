package jobs

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// envelope writes the compact JWE (RFC 7516) of one recipient: alg ECDH-ES on
// P-256, enc A256GCM, a key and a nonce of its own for each message.
//
// A file of a million rows spends most of its time here. Of what the JOSE library
// does for a message, a third is not cryptography, so this is written out for the one
// form of seal that there is. Tests open it with the library.
type envelope struct {
	to *ecdh.PublicKey
	// head and tail are the protected header but for the coordinates of the message's own key.
	head, tail string
}

// newEnvelope makes the seal for a key; contentType is the header cty.
func newEnvelope(key IntakePublicKey, contentType string) (*envelope, error) {
	to, err := key.Key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("the key is on no curve that can be sealed for: %w", err)
	}

	if to.Curve() != ecdh.P256() {
		return nil, errNotP256
	}

	kid, err := json.Marshal(key.Kid)
	if err != nil {
		return nil, err
	}

	return &envelope{
		to:   to,
		head: sealAlgorithm + contentType + sealCurve + `"`,
		tail: `"},"kid":` + string(kid) + `}`,
	}, nil
}

// The header up to its content type, and from there to the first coordinate.
const (
	sealAlgorithm = `{"alg":"ECDH-ES","cty":"`
	sealCurve     = `","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":`
)

// coordinate is the length of one on P-256. A public key is 4 and two of them.
const coordinate = 32

// seal returns the compact form.
func (e *envelope) seal(clear []byte) (string, error) {
	ephemeral, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}

	shared, err := ephemeral.ECDH(e.to)
	if err != nil {
		return "", err
	}

	aead, err := contentCipher(shared)
	if err != nil {
		return "", err
	}

	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return "", err
	}

	b64 := base64.RawURLEncoding
	point := ephemeral.PublicKey().Bytes()[1:]
	header := e.head + b64.EncodeToString(point[:coordinate]) + `","y":"` + b64.EncodeToString(point[coordinate:]) + e.tail

	// header..nonce.text.tag: without an encrypted key, as the shared secret is the key.
	out := make([]byte, 0, b64.EncodedLen(len(header)+len(clear)+2*aead.Overhead())+len("....")+len(nonce))
	out = b64.AppendEncode(out, []byte(header))
	sealed := aead.Seal(nil, nonce, clear, out)
	text, tag := sealed[:len(clear)], sealed[len(clear):]

	out = b64.AppendEncode(append(out, '.', '.'), nonce)
	out = b64.AppendEncode(append(out, '.'), text)
	out = b64.AppendEncode(append(out, '.'), tag)

	return string(out), nil
}

// contentCipher derives the key of A256GCM from the shared secret: Concat KDF
// (NIST SP 800-56A, RFC 7518 section 4.6.2), of which 256 bits are one round of SHA-256.
func contentCipher(shared []byte) (cipher.AEAD, error) {
	const (
		round = "\x00\x00\x00\x01"
		// The algorithm and its length, two parties without a name, the length of the key in bits.
		info = "\x00\x00\x00\x07A256GCM" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x01\x00"
	)

	key := sha256.Sum256(append(append([]byte(round), shared...), info...))

	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}

	return cipher.NewGCM(block)
}
