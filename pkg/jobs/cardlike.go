package jobs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// CardLikeFields are the fields of a job that hold its sender's own keys. Such a key may pass for a card number by chance, so
// that a program can allow it to.
func CardLikeFields() []string {
	return []string{"id", "batch", "external_consumer_id", "external_card_id"}
}

// CheckCardLike refuses the names of fields that cannot be allowed to look like a card number: all but CardLikeFields.
func CheckCardLike(fields []string) error {
	for _, field := range fields {
		if !slices.Contains(CardLikeFields(), field) {
			return fmt.Errorf("%.60q is no field that may be allowed to look like a card number; those are %s",
				pan.MaskText(field), strings.Join(CardLikeFields(), ", "))
		}
	}

	return nil
}

// findCard looks for what passes for a card number in texts beside the seal, but for the fields that are allowed to.
func findCard(texts []Beside, allowed []string) *Problem {
	for _, text := range texts {
		if pan.LooksLikeCard(text.Text) && !slices.Contains(allowed, text.Field) {
			return problem(ReasonClearCard, pan.MaskText(text.Field), "holds a card number in clear; card data belongs inside sealed")
		}
	}

	return nil
}

// HeaderPreviousAttempt of a retry: the span of the attempt before it, in the form of a traceparent.
const HeaderPreviousAttempt = "Enroll-Previous-Attempt"

// FindCardAround looks for what passes for a card number in the subject and the headers of a message. A trace and the digest
// in a MessageID have random hex digits, of which one in a hundred thousand would do: in them, only digits count that are
// filled up with zeros. The id by which the queue knows a message may be that of a job whose id is allowed to look like a card.
func FindCardAround(subject string, headers map[string][]string, allowed ...string) *Problem {
	if p := findCard([]Beside{{"subject", subject}}, nil); p != nil {
		return p
	}

	for _, name := range slices.Sorted(maps.Keys(headers)) {
		field := "header " + name

		for _, value := range headers[name] {
			switch strings.ToLower(name) {
			case "traceparent", strings.ToLower(HeaderPreviousAttempt):
				value = paddedDigits(value)
			case "tracestate":
				continue
			case "nats-msg-id":
				if slices.Contains(allowed, "id") {
					continue
				}

				value = withoutDigest(value)
			}

			if p := findCard([]Beside{{field, name}, {field, value}}, nil); p != nil {
				return p
			}
		}
	}

	return nil
}

// withoutDigest is an id of a message with no more of its digest than the digits of one that is filled up with zeros.
func withoutDigest(messageID string) string {
	at := strings.LastIndexByte(messageID, '/')
	id, digest := messageID[:max(at, 0)], messageID[at+1:]

	if at < 0 || len(digest) != digestDigits || strings.Trim(digest, "0123456789abcdef") != "" {
		return messageID
	}

	return id + " (and) " + paddedDigits(digest)
}

// paddedDigits are the parts of a traceparent that are digits only and filled up with zeros, without these. One id in 2,000 of a
// span has digits only by chance.
func paddedDigits(traceparent string) string {
	var parts []string

	for part := range strings.SplitSeq(traceparent, "-") {
		digits := strings.TrimLeft(part, "0")
		if digits != part && !strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
			parts = append(parts, digits)
		}
	}

	return strings.Join(parts, " (and) ")
}
