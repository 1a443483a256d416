package jobs

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// Beside is a text that stands beside the seal, by the name of its field.
type Beside struct{ Field, Text string }

// Fields of a job that hold keys of its sender's own.
const (
	FieldID                 = "id"
	FieldExternalConsumerID = "external_consumer_id"
	FieldExternalCardID     = "external_card_id"
)

// Besides are the texts of the job that are not sealed.
func (j Job) Besides() []Beside {
	return []Beside{
		{FieldID, j.ID},
		{"program", j.Program},
		{"batch", j.Batch},
		{FieldExternalConsumerID, j.ExternalConsumerID},
		{FieldExternalCardID, j.ExternalCardID},
		{"src_digital_card_id", j.SrcDigitalCardID},
		{"src_consumer_id", j.SrcConsumerID},
	}
}

// FindNumber looks for numbers of cards in texts that stand beside the seal: in any of them, in the forms of pan.Number.In, or
// spread over several. nil when there is none.
func FindNumber(numbers []pan.Number, texts []Beside) *Problem {
	for _, number := range numbers {
		for _, text := range texts {
			switch {
			case number.In(text.Text):
				return problem(ReasonClearCard, number.MaskIn(pan.MaskText(text.Field)),
					"holds the number of the job's own card in clear; card data belongs inside sealed")
			case text.shows(number):
				return problem(ReasonClearCard, text.Field, "holds the account number of the job's own card, which completes the digits "+
					"that are kept of it; use a key that is no part of the card number")
			}
		}

		if spread(number, texts) {
			return problem(ReasonClearCard, "", "the fields beside the seal, taken together, hold the number of the job's own card")
		}
	}

	return nil
}

// Holds reports whether the text holds a card's number, or so much of it that the digits which are kept of each card complete
// it.
func (b Beside) Holds(number pan.Number) bool { return number.In(b.Text) || b.shows(number) }

// shows reports whether a key of the job's own shows more of a number than may be shown. What many jobs have in common, as a
// batch, is no part of their cards' numbers but by chance.
func (b Beside) shows(number pan.Number) bool {
	switch b.Field {
	case FieldExternalConsumerID, FieldExternalCardID:
		return number.PartIn(b.Text)
	case FieldID:
		return number.AccountIn(b.Text)
	default:
		return false
	}
}

// spread reports whether the digits of the texts, one behind the other, hold the number. Each group of digits stays one, so
// that the first digits of a number in one text and a counter in the next are not taken for more of it.
func spread(number pan.Number, texts []Beside) bool {
	var digits []byte

	for _, text := range texts {
		for i := range len(text.Text) {
			if c := text.Text[i]; c >= '0' && c <= '9' {
				digits = append(digits, c)
			} else if last := len(digits) - 1; last >= 0 && digits[last] != '.' {
				digits = append(digits, '.')
			}
		}

		digits = append(digits, '.')
	}

	return number.In(string(digits))
}

// headerText is the protected header of a seal, which is signed and not encrypted.
func headerText(sealed string) string {
	header, _, _ := strings.Cut(sealed, ".")

	clear, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return header
	}

	return string(clear)
}

// numbersIn are the values of a document that could be card numbers, however it is made up: a payload that breaks its
// schema may hold its card anywhere.
func numbersIn(value any) []pan.Number {
	var found []pan.Number

	switch v := value.(type) {
	case string:
		found = appendNumber(found, v)
	case json.Number:
		found = appendNumber(found, v.String())
	case []any:
		for _, item := range v {
			found = append(found, numbersIn(item)...)
		}
	case map[string]any:
		for _, item := range v {
			found = append(found, numbersIn(item)...)
		}
	}

	return slices.Clip(found)
}

// appendNumber takes what has as many digits as a card number, and no letters.
func appendNumber(numbers []pan.Number, text string) []pan.Number {
	const longest = 80 // with something between the digits

	if len(text) > longest {
		return numbers
	}

	if number := pan.Unchecked(text); number.Plausible() {
		return append(numbers, number)
	}

	return numbers
}
