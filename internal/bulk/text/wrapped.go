package text

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"sync"
)

// wrapped tells what stands in another text form around the file: base64, hexadecimal digits, a mail, a form of a web page.
func wrapped(begin []byte) string {
	text := strings.TrimPrefix(string(begin), ByteOrderMark)

	switch {
	case strings.HasPrefix(text, "HTTP/1.") || strings.HasPrefix(text, "HTTP/2 "):
		return "is the answer of a web server with its head; save the body alone"
	case strings.HasPrefix(text, "--") && strings.Contains(text, "Content-Disposition: form-data"):
		return "is a form as a browser sends it, with the file in it; save that file alone"
	case strings.HasPrefix(text, "begin ") && strings.HasPrefix(strings.TrimLeft(text[len("begin "):], "01234567"), " "):
		return "is uuencoded; decode it first, such as with: uudecode FILE"
	case isMail(text):
		return mail
	default:
		return encoded(begin)
	}
}

// mailField is a line of the head of a mail.
//
//nolint:gochecknoglobals // a constant that Go cannot write as such
var mailField = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(From [^ ]+@[^ ]+ .*\d{4}|(From|To|Cc|Subject|Date|Sender|Reply-To|Delivered-To|Return-Path|` +
		`Received|Message-ID|MIME-Version|Content-Type|Content-Transfer-Encoding|Content-Disposition|` +
		`DKIM-Signature|ARC-[a-z-]+|X-[a-z-]+):( .*|))$`)
})

// isMail reports whether a text begins with the head of a mail, or of a part of one.
func isMail(text string) bool {
	first, _, _ := strings.Cut(text, "\n")

	return mailField().MatchString(strings.TrimRight(first, "\r"))
}

// encoded tells base64 and hexadecimal digits by what they hold. Nothing of such a text may be shown: a card number is in it
// that nobody sees.
func encoded(begin []byte) string {
	const enough = 32 // characters at least

	first, _, _ := bytes.Cut(bytes.TrimLeft(begin, " \t\r\n"), []byte{'\n'})
	line := strings.TrimRight(string(first), "\r =")

	if len(line) < enough {
		return ""
	}

	for _, form := range []struct {
		name, decode string
		of           func(string) ([]byte, error)
	}{
		{"hexadecimal digits", "xxd -r -p FILE | submit -", hex.DecodeString},
		{"base64", "base64 -di FILE | submit -", base64.RawStdEncoding.DecodeString},
		{"base64 for URLs", "basenc --base64url -di FILE | submit -", base64.RawURLEncoding.DecodeString},
	} {
		quantum := len(line) &^ 3 // the first line may be cut here in the middle of a group
		if decoded, err := form.of(line[:quantum]); err == nil && holdsSomething(decoded) {
			return "is written in " + form.name + "; decode it on the way: " + form.decode
		}
	}

	return ""
}

// holdsSomething reports whether what was decoded is a text or a file of a known kind, and not what a word decodes to by chance.
func holdsSomething(decoded []byte) bool {
	return len(decoded) > 0 && (compressionOf(decoded) != Plain || diagnosis(decoded, UTF8) != "" || plainText(decoded))
}

// plainText reports whether bytes are characters of a text in ASCII but for a few.
func plainText(content []byte) bool {
	const few = 10

	odd := 0

	for _, b := range content {
		if (b < ' ' || b > '~') && b != '\t' && b != '\r' && b != '\n' {
			odd++
		}
	}

	return odd*few <= len(content)
}
