// Package receipt holds push account receipts so that they cannot get out by accident.
//
// Mastercard's Token Connect gives a receipt for an account that was pushed to a token requestor. Whoever has it can have the
// account enrolled until it ends, some minutes later: it is a secret for as long as that.
//
// It imports nothing but the standard library, so that the message and the client share one definition of what a receipt is and
// how it is masked.
package receipt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

const (
	// MaxLength is the length of the longest receipt that Token Connect gives.
	MaxLength = 64
	// MinLength is below every receipt that was seen, which have a prefix and a UUID; what is shorter could be guessed.
	MinLength = 8
)

// How long receipts are good: what may be asked for, and what is where nothing is.
const (
	MinValidity     = 5 * time.Minute
	DefaultValidity = 15 * time.Minute
	MaxValidity     = 15 * time.Minute
)

// Errors of Parse. None of them repeats the value.
var (
	ErrEmpty = errors.New("the push account receipt is missing")
	ErrForm  = fmt.Errorf("the push account receipt has not %d to %d printed characters of ASCII, one of them a letter",
		MinLength, MaxLength)
)

// Receipt is a push account receipt. Its zero value is "no receipt".
//
// Printing, logging and marshalling it give the masked form; only Reveal gives the text. It is kept behind a pointer because fmt
// prints the unexported fields of a surrounding struct without asking for their String method, and prints a nested pointer as an
// address.
type Receipt struct{ text *string }

// Parse checks the form. Its errors never hold the value.
func Parse(text string) (Receipt, error) {
	switch {
	case text == "":
		return Receipt{}, ErrEmpty
	case !valid(text):
		return Receipt{}, ErrForm
	}

	return Receipt{&text}, nil
}

// Unchecked holds text as a receipt without looking at it: for values read from outside that are to be validated, and reported
// masked, later.
func Unchecked(text string) Receipt {
	if text == "" {
		return Receipt{}
	}

	return Receipt{&text}
}

// Check reports what Parse would say of the receipt.
func (r Receipt) Check() error {
	_, err := Parse(r.Reveal())
	return err
}

// valid reports whether text has the form of a receipt. Those that were seen have letters, digits and hyphens; the
// specification says nothing but the length. A card number, which has no letter, is none.
func valid(text string) bool {
	if len(text) < MinLength || len(text) > MaxLength {
		return false
	}

	letter := false

	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c > '~' {
			return false
		}

		letter = letter || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}

	return letter
}

// Reveal returns the text in clear. Every caller is a place to review.
func (r Receipt) Reveal() string {
	if r.text == nil {
		return ""
	}

	return *r.text
}

// IsZero reports whether there is no receipt.
func (r Receipt) IsZero() bool { return r.text == nil }

// String returns the masked form: what says the kind of account, the last four characters, asterisks between.
// What is too short to be a receipt is masked whole.
func (r Receipt) String() string {
	const kind, last, hidden = 4, 4, "****"

	text := r.Reveal()

	switch {
	case text == "":
		return ""
	case !valid(text):
		return hidden
	}

	end := hidden + text[len(text)-last:]
	if strings.IndexByte(text, '-') == kind-1 && len(text) >= 2*MinLength {
		return text[:kind] + end
	}

	return end
}

// MaskIn returns text with the masked form in each place where the receipt stands, whatever its case.
func (r Receipt) MaskIn(text string) string {
	known := r.Reveal()
	if len(known) < MinLength || len(text) < len(known) {
		return text
	}

	var out strings.Builder

	kept := 0 // up to where text is written

	for at := 0; at+len(known) <= len(text); at++ {
		if !strings.EqualFold(text[at:at+len(known)], known) {
			continue
		}

		if at >= kept { // else it overlaps the one before, and is hidden with it
			out.WriteString(text[kept:at])
			out.WriteString(r.String())
		}

		kept = at + len(known)
	}

	out.WriteString(text[kept:])

	return out.String()
}

// Format writes the masked form whatever the verb.
func (r Receipt) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, r.String()) }

// LogValue writes the masked form to logs.
func (r Receipt) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalJSON writes the masked form. To send the text, a caller has to reveal it.
func (r Receipt) MarshalJSON() ([]byte, error) { return json.Marshal(r.String()) }

// MarshalText writes the masked form.
func (r Receipt) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText takes the value as it is; Check says whether it is a receipt.
func (r *Receipt) UnmarshalText(text []byte) error {
	*r = Unchecked(string(text))
	return nil
}
