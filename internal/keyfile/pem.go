package keyfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// block is a PEM block.
type block struct {
	label     string
	encrypted bool // as its headers say (RFC 1421); its content is then not decoded
	content   []byte
}

var (
	pemBegin = regexp.MustCompile(`-----BEGIN ([^-\r\n\\]{1,80})-----`)
	// A header, such as DEK-Info: AES-256-CBC,00FF. A PEM file on one line has its headers there too.
	pemEncrypted = regexp.MustCompile(`Proc-Type:\s*4\s*,\s*ENCRYPTED`)
	pemHeader    = regexp.MustCompile(`(?m)^[A-Za-z][A-Za-z0-9-]*:.*(\n[ \t].*)*$`)
)

// pemBlocks returns the blocks of a text in which lines may end as they like, also with the two characters \n as in JSON and
// environment files, or not at all: secrets managers and forms put keys on one line.
func pemBlocks(text []byte) ([]block, error) {
	var blocks []block

	for rest := text; ; {
		at := pemBegin.FindSubmatchIndex(rest)
		if at == nil {
			return blocks, nil
		}

		b := block{label: string(rest[at[2]:at[3]])}
		line := 1 + bytes.Count(text[:len(text)-len(rest)+at[0]], []byte("\n"))

		if err := foreign([]byte("-----BEGIN " + b.label + "-----")); err != nil {
			return nil, err
		}

		body, after, ended := bytes.Cut(rest[at[1]:], []byte("-----END "+b.label+"-----"))
		if !ended || pemBegin.Match(body) {
			return nil, fmt.Errorf("its PEM block %s, which begins in line %d, has no end: it was cut off", b.label, line)
		}

		if err := b.decode(body); err != nil {
			return nil, fmt.Errorf("its PEM block %s, which begins in line %d, %w", b.label, line, err)
		}

		blocks = append(blocks, b)
		rest = after
	}
}

func (b *block) decode(body []byte) error {
	text := strings.NewReplacer("\r\n", "\n", `\r\n`, "\n", `\n`, "\n", `\r`, "\n", "\r", "\n").Replace(string(body))

	if b.encrypted = pemEncrypted.MatchString(text); b.encrypted {
		return nil
	}

	packed := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\\' || r == '"' { // a continued line, or quoted lines
			return -1
		}

		return r
	}, pemHeader.ReplaceAllString(text, ""))

	var err error
	if b.content, err = base64.StdEncoding.DecodeString(packed); err != nil {
		return errors.New("is not base64: characters are missing, or do not belong there")
	}

	return nil
}
