package jobs

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
)

// openSeal opens a compact JWE of the one form that publishers are told to write: alg ECDH-ES on P-256, enc A256GCM, a header
// that asks for nothing else. It is false for whatever it does not open: the JOSE library then opens it or says what is wrong.
//
// The library takes four times as long as the curve itself. A fuzz test holds that what is opened here, the library opens to the
// same text.
func openSeal(sealed string, keys map[string]*ecdh.PrivateKey) (clear []byte, opened bool) {
	const parts = 5 // header, encrypted key, nonce, text, tag

	part := strings.SplitN(sealed, ".", parts)
	if len(part) != parts || part[1] != "" {
		return nil, false
	}

	header, err := readSealHeader(part[0])
	if err != nil {
		return nil, false
	}

	key, known := keys[header.kid]
	if !known {
		return nil, false
	}

	shared, err := key.ECDH(header.ephemeral)
	if err != nil {
		return nil, false
	}

	aead, err := contentCipher(shared)
	if err != nil {
		return nil, false
	}

	nonce, errNonce := decodePart(part[2])
	text, errText := decodePart(part[3])
	tag, errTag := decodePart(part[4])

	if errNonce != nil || errText != nil || errTag != nil || len(nonce) != aead.NonceSize() || len(tag) != aead.Overhead() {
		return nil, false
	}

	clear, err = aead.Open(nil, nonce, slices.Concat(text, tag), []byte(part[0]))

	return clear, err == nil
}

// errOtherSeal says that the JOSE library is to look at the seal. Nobody reads it.
var errOtherSeal = errors.New("not the form of seal that is opened here")

// sealHeader is what a header says when it asks for nothing else.
type sealHeader struct {
	kid       string
	ephemeral *ecdh.PublicKey
}

// headerMembers are those of a header whose values are looked at.
type headerMembers struct {
	Alg string `json:"alg"`
	Enc string `json:"enc"`
	Kid string `json:"kid"`
	Cty string `json:"cty"`
	Typ string `json:"typ"`
	Epk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		Y   string `json:"y"`
	} `json:"epk"`
}

// length is how long a header is that says nothing else, without blanks and with the usual values of cty and typ. A longer one
// may hold anything beside: it is left to where headers are searched for card numbers.
func (h headerMembers) length() int {
	length := len(`{"alg":"ECDH-ES","enc":"A256GCM","epk":{"kty":"EC","crv":"P-256","x":"","y":""},"kid":""}`) +
		len(h.Kid) + len(h.Epk.X) + len(h.Epk.Y)

	switch h.Cty {
	case "":
	case "application/json", "json", "JSON":
		length += len(`,"cty":""`) + len(h.Cty)
	default:
		return 0
	}

	switch h.Typ {
	case "":
	case "JWE", "JOSE":
		length += len(`,"typ":""`) + len(h.Typ)
	default:
		return 0
	}

	return length
}

// readSealHeader reads a protected header. The library's own JSON reader refuses members that come twice, and takes
// names as they are spelled only.
func readSealHeader(encoded string) (sealHeader, error) {
	text, err := decodePart(encoded)
	if err != nil {
		return sealHeader{}, err
	}

	if header, ours := readOwnHeader(text); ours {
		return header, nil
	}

	return readAnyHeader(text)
}

// readAnyHeader reads one whoever has written it.
func readAnyHeader(text []byte) (sealHeader, error) {
	var header headerMembers
	if err := json.Unmarshal(text, &header); err != nil {
		return sealHeader{}, err
	}

	// A member beside these, such as crit, zip, apu or apv, changes what the rest means. As each of these is there with its
	// value, a header with another would be longer.
	if header.Kid == "" || len(text) != header.length() {
		return sealHeader{}, errOtherSeal
	}

	if header.Alg != "ECDH-ES" || header.Enc != "A256GCM" || header.Epk.Kty != "EC" || header.Epk.Crv != "P-256" {
		return sealHeader{}, errOtherSeal
	}

	ephemeral, err := publicPoint(header.Epk.X, header.Epk.Y)

	return sealHeader{kid: header.Kid, ephemeral: ephemeral}, err
}

// readOwnHeader reads a header in the form in which envelope writes it.
func readOwnHeader(text []byte) (sealHeader, bool) {
	r := canonicalReader{rest: text}
	r.skip(sealAlgorithm + contentPayload + sealCurve)

	x := r.text()
	y := r.required("y")
	r.close()

	kid := r.required("kid")
	r.close()

	if !r.ended() || kid == "" {
		return sealHeader{}, false
	}

	ephemeral, err := publicPoint(x, y)

	return sealHeader{kid: kid, ephemeral: ephemeral}, err == nil
}

// publicPoint is the public key of two coordinates. That it lies on the curve is checked by crypto/ecdh.
func publicPoint(x, y string) (*ecdh.PublicKey, error) {
	const uncompressed = 4

	left, errLeft := decodePart(x)
	right, errRight := decodePart(y)

	if errLeft != nil || errRight != nil || len(left) != coordinate || len(right) != coordinate {
		return nil, errOtherSeal
	}

	return ecdh.P256().NewPublicKey(slices.Concat([]byte{uncompressed}, left, right))
}

// decodePart decodes base64url without padding, and takes no line breaks, as Go's decoder does.
func decodePart(part string) ([]byte, error) {
	if strings.ContainsAny(part, "\r\n") {
		return nil, errOtherSeal
	}

	return base64.RawURLEncoding.DecodeString(part)
}
