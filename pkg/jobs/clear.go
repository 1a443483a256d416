package jobs

import (
	"encoding/json"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

// clearPayload is the one shape in which a payload shows its number or receipt. It leaves this file as bytes only.
type clearPayload struct {
	Card       *clearCard    `json:"card,omitempty"`
	Receipt    *clearReceipt `json:"pushAccountReceipt,omitempty"`
	Consumer   Consumer      `json:"consumer"`
	Compliance *Compliance   `json:"compliance,omitempty"`
}

// clearReceipt shadows the masked member of PushReceipt.
type clearReceipt struct {
	PushReceipt

	Text string `json:"receipt"`
}

// clearCard shadows the masked member of Card.
type clearCard struct {
	Card

	PrimaryAccountNumber string `json:"primaryAccountNumber"`
}

// Reveal returns the payload as JSON with the number or the receipt in clear: for the seal, for
// validation and for keyed hashes. Every caller is a place to review.
func (p Payload) Reveal() []byte {
	shown := clearPayload{Consumer: p.Consumer, Compliance: p.Compliance}

	if p.Receipt == nil || p.Card != (Card{}) {
		number := p.Card.PrimaryAccountNumber.Reveal() //nolint:forbidigo // this is the place
		shown.Card = &clearCard{Card: p.Card, PrimaryAccountNumber: number}
	}

	if p.Receipt != nil {
		text := p.Receipt.Receipt.Reveal() //nolint:forbidigo // likewise
		shown.Receipt = &clearReceipt{PushReceipt: *p.Receipt, Text: text}
	}

	clear, err := json.Marshal(shown)
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

	payload := Payload{Consumer: c.Consumer, Compliance: c.Compliance}

	if c.Card != nil {
		payload.Card = c.Card.Card
		payload.Card.PrimaryAccountNumber = pan.Unchecked(c.Card.PrimaryAccountNumber)
	}

	if c.Receipt != nil {
		read := c.Receipt.PushReceipt
		read.Receipt = receipt.Unchecked(c.Receipt.Text)
		payload.Receipt = &read
	}

	return payload, nil
}
