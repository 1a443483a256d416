package mastercard

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
)

// hidden stands where an answer repeats what is personal.
const hidden = "***"

// Texts that are shorter are no use to anybody, and stand in other words and numbers.
const (
	leastName  = 3
	leastPhone = 6
)

// A personalText is one of a request that names a person, or where they are found.
type personalText struct {
	text  string
	whole bool // hidden as a word of its own alone, as a name may be part of any other
	// messageOnly: one word of a name may be a part of a code, or the name of a member, as well.
	messageOnly bool
}

// personal are those of the request. The API may repeat them in an error, or in an answer that is not understood, and both are
// kept in rows, events and logs.
func (v *values) personal() (all []personalText) {
	add := func(least int, as personalText, texts ...string) {
		for _, text := range texts {
			if as.text = strings.TrimSpace(text); len(as.text) >= least {
				all = append(all, as)
			}
		}
	}

	anywhere, name := personalText{}, personalText{whole: true}
	word := personalText{whole: true, messageOnly: true}

	if c := v.consumer; c != nil {
		add(leastPhone, anywhere, c.EmailAddress, c.ConsumerIdentity.IdentityValue)

		if c.MobileNumber != nil {
			add(leastPhone, anywhere, c.MobileNumber.PhoneNumber)
		}

		add(leastName, name, c.FullName, c.FirstName, c.LastName)
		add(leastName, word, nameWords(c.FullName)...)
	}

	if c := v.card; c != nil {
		add(leastName, name, c.CardholderFullName, c.CardholderFirstName, c.CardholderLastName)
		add(leastName, word, nameWords(c.CardholderFullName)...)

		if a := c.BillingAddress; a != nil {
			add(leastName, name, a.Name, a.Line1, a.Line2, a.Line3)
		}
	}

	return append(all, v.holders...)
}

// personal are the texts of a holder likewise.
func (h *AccountHolder) personal() []personalText {
	if h == nil {
		return nil
	}

	sent := values{consumer: &Consumer{
		EmailAddress: h.EmailAddress, MobileNumber: h.MobileNumber, FullName: h.Name,
	}}

	if a := h.Address; a != nil {
		sent.card = &Card{BillingAddress: &Address{Line1: a.Line1, Line2: a.Line2}}
	}

	return sent.personal()
}

// nameWords are the words of a full name. Nothing says which of them are the family name, as in "Ana Maria Sample", or in which
// order they come back: each is hidden by itself as well.
func nameWords(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' || unicode.IsSpace(r) })
}

// WithoutPersonal returns the result with nothing of its record in its failure that is personal, as Client does with the answers
// of single calls: who asks for a batch has its records, and the client does not.
func (r RecordResult) WithoutPersonal(card Card, consumer Consumer) RecordResult {
	sent := values{card: &card, consumer: &consumer}
	r.Failure = finding{Failure: r.Failure}.withoutPersonal(&sent, card.PrimaryAccountNumber).Failure

	return r
}

// withoutPersonal returns the finding with nothing of the request in it that is personal. Card numbers are masked before: one may
// have the digits of a phone number in it, and what would be left of it would be no card number any more, to be found later.
func (f finding) withoutPersonal(v *values, number pan.Number) finding {
	all := v.personal()
	if len(all) == 0 {
		return f
	}

	// A text is hidden before what it holds: of an address, nothing is left for the name in it.
	slices.SortStableFunc(all, func(a, b personalText) int { return cmp.Compare(len(b.text), len(a.text)) })

	for _, part := range []struct {
		text    *string
		goesOn  func(rune) bool
		message bool
	}{
		// A code is one word with its underscores: of ACCOUNT_INELIGIBLE nothing is hidden for a holder named Account.
		{&f.Reason, isCodeChar, false}, {&f.Detail, isCodeChar, false}, {&f.Field, isWordChar, false}, {&f.Message, isWordChar, true},
	} {
		*part.text = pan.MaskText(number.MaskIn(first(*part.text, maxMessage*lookedAt))) // no more is kept

		for _, one := range all {
			if part.message || !one.messageOnly {
				*part.text = one.hideCut(one.hideIn(*part.text, part.goesOn))
			}
		}
	}

	return f
}

// hideIn hides the text in each place where it stands, whatever its case. A name is hidden where no character that goesOn knows
// stands before or after it.
func (p personalText) hideIn(text string, goesOn func(rune) bool) string {
	var out strings.Builder

	kept, size := 0, len(p.text) // up to where text is written

	for at := 0; at+size <= len(text); {
		if !strings.EqualFold(text[at:at+size], p.text) || p.whole && !isWord(text, at, at+size, goesOn) {
			at++
			continue
		}

		out.WriteString(text[kept:at])
		out.WriteString(hidden)

		at += size
		kept = at
	}

	out.WriteString(text[kept:])

	return out.String()
}

// hideCut hides the beginning of the text at the end of another that was cut within it.
func (p personalText) hideCut(text string) string {
	rest, cut := strings.CutSuffix(text, ellipsis)
	if !cut {
		return text
	}

	for size := min(len(p.text)-1, len(rest)); size >= leastPhone; size-- {
		if strings.EqualFold(rest[len(rest)-size:], p.text[:size]) {
			return rest[:len(rest)-size] + hidden + ellipsis
		}
	}

	return text
}

// isWord reports whether a part of a text has no character of a word before or after it.
func isWord(text string, from, to int, goesOn func(rune) bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(text[to:])

	return !goesOn(before) && !goesOn(after)
}

// isWordChar reports whether a character is part of a word.
func isWordChar(c rune) bool {
	return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

// isCodeChar reports whether a character is part of a code.
func isCodeChar(c rune) bool { return c == '_' || isWordChar(c) }
