package jobs

import (
	"strings"
	"time"
	"unicode/utf8"
)

// The schemas, written out in Go for what this package itself has put together:
// members that are strings of known names, where validating a document by its schema
// costs as much as sealing it. What conforms here passes the schema. What does not is
// left to the schema, which finds the words for it; a fuzz test holds the two equal.

// conforms reports whether the job is one to enroll that passes the schema and
// holds no card number in clear, but in fields that are allowed to look like one.
func (j Job) conforms(allowed ...string) bool {
	return j.Asks() == Enroll && j.SrcDigitalCardID == "" && j.SrcConsumerID == "" && j.UnenrollReason == "" &&
		j.TokenRequestorID == "" &&
		ValidID(j.ID) && ValidProgram(j.Program) && (j.Batch == "" || ValidID(j.Batch)) &&
		ownKey(j.ExternalConsumerID) && ownKey(j.ExternalCardID) &&
		plainTime(j.NotAfter) && compactJWE(j.Sealed) && findCard(j.Besides(), allowed) == nil
}

const (
	maxOwnKey = 255
	maxSealed = 49152
)

func ownKey(key string) bool { return printable(key, maxOwnKey) }

// plainTime reports whether t can be written in RFC 3339 whatever its zone.
func plainTime(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Year() >= 0 && t.Year() <= 9999
}

// compactJWE reports whether text has the form of a compact JWE without an encrypted key.
func compactJWE(text string) bool {
	if len(text) > maxSealed {
		return false
	}

	header, rest, _ := strings.Cut(text, "..")
	nonce, rest, _ := strings.Cut(rest, ".")
	sealed, tag, _ := strings.Cut(rest, ".")

	return base64URL(header) && base64URL(nonce) && base64URL(sealed) && base64URL(tag)
}

// base64URL reports whether text has characters of that alphabet only. A seal is a
// thousand of them, so each costs one look at a bit.
func base64URL(text string) bool {
	const (
		below64 = 1<<'-' | (1<<10-1)<<'0'
		above63 = 1<<('_'-64) | (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)
	)

	for i := range len(text) {
		bits := uint64(below64)
		if text[i] >= 64 {
			bits = above63
		}

		if text[i] >= 128 || bits>>(text[i]%64)&1 == 0 {
			return false
		}
	}

	return text != ""
}

// printable reports whether text is UTF-8 without ASCII control characters, of at most so many characters.
func printable(text string, most int) bool {
	return atMost(text, most) && all(text, func(c byte) bool { return c > 0x1f && c != 0x7f })
}

// atMost reports whether text is UTF-8 of at most so many characters.
func atMost(text string, most int) bool {
	return utf8.ValidString(text) && (len(text) <= most || utf8.RuneCountInString(text) <= most)
}

func digits(text string, least, most int) bool {
	return len(text) >= least && len(text) <= most && all(text, func(c byte) bool { return c >= '0' && c <= '9' })
}
