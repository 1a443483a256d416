package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"enroll.example/clicktopay/pkg/receipt"
)

// Pushed is what Token Connect gave for a card that was pushed. In JSON it holds the receipt in clear, for whoever hands it to
// the token requestor; it does not print it.
type Pushed struct {
	TokenRequestorID string
	Receipt          receipt.Receipt
	ValidUntil       time.Time
	// Signature is a JWS that holds the receipt; empty for none.
	Signature   string
	PushMethods []PushMethod
}

// PushMethod is how a receipt may be handed to a token requestor.
type PushMethod struct {
	Type string `json:"type"`
	URI  string `json:"uri"`
}

// pushedWire is the one shape in which it shows its receipt.
type pushedWire struct {
	TokenRequestorID string       `json:"token_requestor_id"`
	Receipt          string       `json:"push_account_receipt"`
	ValidUntil       time.Time    `json:"valid_until"`
	Signature        string       `json:"signature,omitempty"`
	PushMethods      []PushMethod `json:"push_methods,omitempty"`
}

// MarshalJSON writes the receipt in clear.
func (p Pushed) MarshalJSON() ([]byte, error) {
	text := p.Receipt.Reveal() //nolint:forbidigo // the event is for who hands it to the token requestor

	return json.Marshal(pushedWire{p.TokenRequestorID, text, p.ValidUntil, p.Signature, p.PushMethods})
}

// UnmarshalJSON reads it.
func (p *Pushed) UnmarshalJSON(text []byte) error {
	var wire pushedWire
	if err := json.Unmarshal(text, &wire); err != nil {
		return err
	}

	*p = Pushed{wire.TokenRequestorID, receipt.Unchecked(wire.Receipt), wire.ValidUntil, wire.Signature, wire.PushMethods}

	return nil
}

// Format writes what is no secret of it, whatever the verb.
func (p Pushed) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, p.text()) }

// LogValue logs the same.
func (p Pushed) LogValue() slog.Value { return slog.StringValue(p.text()) }

func (p Pushed) text() string { return "receipt " + p.Receipt.String() + " for " + p.TokenRequestorID }

// SealPushed seals what a push gave for the ring's first key, so that it can be kept until it is announced.
func (r *KeyRing) SealPushed(pushed Pushed) (string, error) {
	content, err := json.Marshal(pushed)
	if err != nil {
		return "", fmt.Errorf("writing what a push gave: %w", err)
	}

	job, err := r.SealMessage(Job{}, content)
	if err != nil {
		return "", errors.New("what a push gave cannot be sealed")
	}

	return job.Sealed, nil
}

// OpenPushed returns what SealPushed has sealed.
func (r *KeyRing) OpenPushed(sealed string) (Pushed, *Problem) {
	content, p := r.OpenMessage(sealed)
	if p != nil {
		return Pushed{}, p
	}

	var pushed Pushed
	if err := json.Unmarshal(content, &pushed); err != nil {
		return Pushed{}, problem(ReasonInvalidField, "sealed", "does not hold what a push gave")
	}

	return pushed, nil
}
