package oauth2

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/pkg/pan"
)

// A Refusal is an answer of the token endpoint that brings no token. It holds no key, no token, and nothing that could be a PAN.
type Refusal struct { //nolint:errname // it says what it is better than RefusalError
	// Status of the answer.
	Status int
	// Code is one of the codes, where the answer is recognized; else "".
	Code string
	// Description is the server's text, in one line, masked and cut, or what is wrong with the answer.
	Description string
	// Date is the time of the answer by the server's clock, as in its header; "" where it does not say.
	Date string
	// RetryAfter is how long the server asks to be left alone; zero where it does not say.
	RetryAfter time.Duration
	// Again is from when on the server is asked again. Until then the refusal stands for all who ask.
	Again time.Time
}

// Error returns what the server said.
func (r *Refusal) Error() string {
	said := cmp.Or(strings.TrimSpace(r.Code+" "+r.Description), "without a reason")

	return fmt.Sprintf("the token endpoint answered %d %s", r.Status, said)
}

// tokens are what JWTs and JWEs look like, such as a client assertion that a server quotes.
var tokens = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)+`)

// clean makes a text from outside fit to be kept: printable, one line, without tokens and without what could be a PAN.
func clean(text string) string {
	text = text[:min(len(text), 8*maxDescription)]
	text = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return ' '
		}

		return r
	}, text)
	text = pan.MaskText(tokens.ReplaceAllString(strings.Join(strings.Fields(text), " "), "[token]"))

	if runes := []rune(text); len(runes) > maxDescription {
		text = string(runes[:maxDescription-1]) + "…"
	}

	return text
}
