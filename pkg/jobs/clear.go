package jobs

import (
	"encoding/json"

	"enroll.example/clicktopay/pkg/pan"
)

// clearPayload is the one shape in which a payload shows its number. It leaves this file as bytes only.
type clearPayload struct {
	Card       clearCard   `json:"card"`
	Consumer   Consumer    `json:"consumer"`
	Compliance *Compliance `json:"compliance,omitempty"`
}

// clearCard shadows the masked member of Card.
type clearCard struct {
	Card

	PrimaryAccountNumber string `json:"primaryAccountNumber"`
}

// Reveal returns the payload as JSON with the number in clear: for the seal, for
// validation and for keyed hashes. Every caller is a place to review.
func (p Payload) Reveal() []byte {
	number := p.Card.PrimaryAccountNumber.Reveal() //nolint:forbidigo // this is the place

	clear, err := json.Marshal(clearPayload{
		Card:       clearCard{Card: p.Card, PrimaryAccountNumber: number},
		Consumer:   p.Consumer,
		Compliance: p.Compliance,
	})
	if err != nil {
		return nil // strings and structs only: cannot happen, and nil is refused by whoever reads it
	}

	return clear
}

func decodePayload(clear []byte) (Payload, error) {
	var c clearPayload
	if err := json.Unmarshal(clear, &c); err != nil {
		return Payload{}, err
	}

	c.Card.Card.PrimaryAccountNumber = pan.Unchecked(c.Card.PrimaryAccountNumber)

	return Payload{Card: c.Card.Card, Consumer: c.Consumer, Compliance: c.Compliance}, nil
}
