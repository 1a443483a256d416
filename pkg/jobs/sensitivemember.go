package jobs

import (
	"bytes"
	"encoding/json"
)

// HoldsSensitive reports whether a document holds a security code, a PIN or a stripe: by the name of a member or as the text of a
// stripe, or, when it is no JSON document, by a name anywhere in it.
func HoldsSensitive(body []byte) bool {
	return hasSensitiveMember(body) || holdsTrack(string(body)) || !json.Valid(body) && NamesSensitive(body)
}

// hasSensitiveMember reports whether a document has a member that is named as a security code, PIN or stripe is, at any depth,
// and also where another member of the same name follows, which hides it from whoever reads the document into a map. Of what
// is no JSON it looks at the part that is.
func hasSensitiveMember(body []byte) bool {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()

	var within nesting

	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}

		name, isName := within.step(token)
		if _, found := sensitiveName(name); isName && found {
			return true
		}
	}
}

// nesting follows the tokens of a document. For each object or array that is open it holds whether a name comes next.
type nesting []level

type level struct{ object, name bool }

// step takes a token, and returns it when it is the name of a member.
func (n *nesting) step(token json.Token) (name string, isName bool) {
	switch token {
	case json.Delim('{'):
		*n = append(*n, level{object: true, name: true})
		return "", false
	case json.Delim('['):
		*n = append(*n, level{})
		return "", false
	case json.Delim('}'), json.Delim(']'):
		*n = (*n)[:len(*n)-1]
	default:
	}

	if len(*n) == 0 {
		return "", false
	}

	inner := &(*n)[len(*n)-1]
	if text, isText := token.(string); isText && inner.name {
		inner.name = false
		return text, true
	}

	inner.name = inner.object // a value has come to its end

	return "", false
}

// SealsSensitive reports whether a seal holds a payload, or a message, with a security code, PIN or stripe, also where that is in
// a seal of the message. opened is false when this ring cannot open it, or a seal in it.
func (r *KeyRing) SealsSensitive(sealed string) (found, opened bool) {
	clear, _, p := r.decrypt(sealed)
	if p != nil {
		return false, false
	}

	if HoldsSensitive(clear) {
		return true, true
	}

	opened = true

	if !HoldsMessage(sealed) {
		return false, opened
	}

	for _, inner := range SealsIn(clear) {
		if HoldsMessage(inner) {
			continue
		}

		innerFound, innerOpened := r.SealsSensitive(inner)
		if innerFound {
			return true, true
		}

		opened = opened && innerOpened
	}

	return false, opened
}

// hiddenSensitive is for documents in which no such member was found: it may be hidden by another of the same name.
func hiddenSensitive(body []byte) *Problem {
	if !hasSensitiveMember(body) {
		return nil
	}

	return problem(ReasonSecurityCode, "", "a member that occurs twice holds the card's security code, PIN or stripe, "+
		"which must never be sent")
}
