package jobs

import (
	"bytes"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"enroll.example/clicktopay/pkg/pan"
)

// Opened is what a seal holds.
type Opened struct {
	// Payload is zero where it breaks its schema.
	Payload Payload
	// Numbers are the card numbers in it, of one that breaks its schema as far as they can be told.
	Numbers []pan.Number
	// Header is the text of the seal's own header, which is not encrypted, where others than this package wrote it.
	Header string
}

// Open opens the seal of a job and validates what is in it. The *Problem is nil
// when the payload is good; its fields hold nothing of the payload's values.
func (r *KeyRing) Open(sealed string, now time.Time) (Payload, *Problem) {
	opened, problem := r.Unseal(sealed, now)

	return opened.Payload, problem
}

// Unseal is Open for those who have to know the card number even when the payload is not good.
func (r *KeyRing) Unseal(sealed string, now time.Time) (Opened, *Problem) {
	clear, header, p := r.decrypt(sealed)
	if p != nil {
		return Opened{}, p
	}

	return readOpened(clear, header, now)
}

// OpenedChange is what the seal of a job that updates holds.
type OpenedChange struct {
	// Change is zero where it breaks its schema.
	Change Change
	// Numbers are the texts of one that breaks its schema which could be card numbers. A good one has none: no member of it is
	// for one.
	Numbers []pan.Number
	// Header is as in Opened.
	Header string
}

// UnsealChange opens the seal of a job that updates.
func (r *KeyRing) UnsealChange(sealed string) (OpenedChange, *Problem) {
	clear, header, p := r.decrypt(sealed)
	if p != nil {
		return OpenedChange{}, p
	}

	opened := OpenedChange{Header: header}

	if opened.Change, p = ParseChange(clear); p != nil {
		opened.Numbers = allNumbers(clear)
	}

	return opened, p
}

// decrypt returns the clear text, and the text of the header where others than this package wrote it.
func (r *KeyRing) decrypt(sealed string) (clear []byte, header string, p *Problem) {
	if clear, opened := openSeal(sealed, r.agree); opened {
		return clear, "", nil
	}

	header = headerText(sealed)
	if pan.LooksLikeCard(header) {
		return nil, "", problem(ReasonClearCard, "sealed", "holds a card number in its header, which is not encrypted")
	}

	envelope, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, "", problem(ReasonBrokenSeal, "sealed", "is not a compact JWE with alg ECDH-ES and enc A256GCM")
	}

	key, known := r.keys[envelope.Header.KeyID]
	if !known {
		return nil, "", problem(ReasonUnknownKid, "sealed", "names the intake key %q, which this worker does not have",
			shown(envelope.Header.KeyID))
	}

	clear, err = envelope.Decrypt(key)
	if err != nil {
		return nil, "", problem(ReasonBrokenSeal, "sealed", "cannot be opened with intake key %q: altered, or sealed for another key",
			shown(envelope.Header.KeyID))
	}

	return clear, header, nil
}

func readOpened(clear []byte, header string, now time.Time) (Opened, *Problem) {
	payload, problem := ParsePayload(clear, now)
	opened := Opened{Payload: payload, Header: header}

	if number := payload.Card.PrimaryAccountNumber; !number.IsZero() {
		opened.Numbers = []pan.Number{number}
		return opened, problem
	}

	if payload.Receipt != nil { // it has no number, and its receipt is none
		return opened, problem
	}

	opened.Numbers = allNumbers(clear)

	return opened, problem
}

// allNumbers are the card numbers in a text that breaks its schema, as far as they can be told.
func allNumbers(clear []byte) []pan.Number {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(clear))
	if err != nil {
		return appendNumber(nil, string(clear))
	}

	return numbersIn(document)
}
