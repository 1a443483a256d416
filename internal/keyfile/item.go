package keyfile

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Kind is what a part of a key file is, in words for errors.
type Kind string

// The kinds. A private key is one of the first three.
const (
	KindPKCS8        Kind = "a private key (PKCS#8)"
	KindPKCS1        Kind = "an RSA private key (PKCS#1)"
	KindEC           Kind = "an EC private key (SEC 1)"
	KindEncrypted    Kind = "an encrypted private key"
	KindPublic       Kind = "a public key"
	KindRSAPublic    Kind = "an RSA public key (PKCS#1)"
	KindCertificate  Kind = "a certificate"
	KindRequest      Kind = "a certificate request"
	KindCertificates Kind = "a list of certificates (PKCS#7)"
	KindPKCS12       Kind = "a PKCS#12 file"
	KindJSON         Kind = "JSON"
	KindParameters   Kind = "EC parameters" // which OpenSSL writes before an EC key
	KindUnknown      Kind = ""
)

// Private reports whether it is a private key that can be used as it is.
func (k Kind) Private() bool { return k == KindPKCS8 || k == KindPKCS1 || k == KindEC }

// Item is a part of a key file.
type Item struct {
	Kind Kind
	// Label is the type of the PEM block that held it, empty for the content of a file that is not PEM.
	Label string
	// Content is DER, but for JSON; nil for an encrypted PKCS#1 or SEC 1 key in PEM.
	Content []byte
}

// String says what the item is, for errors.
func (i Item) String() string {
	if i.Kind == KindUnknown {
		return fmt.Sprintf("a PEM block %.40q", i.Label)
	}

	return string(i.Kind)
}

// ErrNoKeyFile is the error of Parse for what is none of the formats.
var ErrNoKeyFile = errors.New("it is neither PEM nor DER nor PKCS#12")

// Parse takes a key file apart, whatever its format: PEM with one or several blocks, however its lines end, in UTF-8 or
// UTF-16; DER; PKCS#12; one of these in base64 without more; or JSON. Other known formats are named in the error, with what
// converts them. It returns one item at least.
func Parse(data []byte) ([]Item, error) {
	text, err := Text(data)
	if err != nil {
		return nil, err
	}

	if err := foreign(text); err != nil {
		return nil, err
	}

	blocks, err := pemBlocks(text)
	if err != nil {
		return nil, err
	}

	if len(blocks) > 0 {
		return itemsOf(blocks), nil
	}

	if IsJSON(text) {
		return []Item{{Kind: KindJSON, Content: text}}, nil
	}

	if kind := kindOf(text); kind != KindUnknown {
		return []Item{{Kind: kind, Content: text}}, nil
	}

	if packed := unpack(text); packed != nil {
		if kind := kindOf(packed); kind != KindUnknown {
			return []Item{{Kind: kind, Content: packed}}, nil
		}

		if err := foreign(packed); err != nil {
			return nil, fmt.Errorf("it is base64, and in it: %w", err)
		}
	}

	return nil, ErrNoKeyFile
}

// IsJSON reports whether a file's content begins as JSON does.
func IsJSON(data []byte) bool {
	text, err := utf8Of(data)
	if err != nil {
		return false
	}

	text = bytes.TrimLeft(text, " \t\r\n")

	return len(text) > 0 && (text[0] == '{' || text[0] == '[')
}

// itemsOf says what the blocks are. Their content counts, and their label where it does not tell.
func itemsOf(blocks []block) []Item {
	items := make([]Item, 0, len(blocks))

	for _, b := range blocks {
		item := Item{Label: b.label, Content: b.content, Kind: kindOf(b.content)}

		switch {
		case b.encrypted:
			item.Kind = KindEncrypted
		case b.label == "EC PARAMETERS":
			item.Kind = KindParameters
		case item.Kind == KindUnknown:
			item.Kind = kindOfLabel(b.label)
		}

		items = append(items, item)
	}

	return items
}

func kindOfLabel(label string) Kind {
	return map[string]Kind{
		"PRIVATE KEY":             KindPKCS8,
		"RSA PRIVATE KEY":         KindPKCS1,
		"EC PRIVATE KEY":          KindEC,
		"ENCRYPTED PRIVATE KEY":   KindEncrypted,
		"PUBLIC KEY":              KindPublic,
		"RSA PUBLIC KEY":          KindRSAPublic,
		"CERTIFICATE":             KindCertificate,
		"X509 CERTIFICATE":        KindCertificate,
		"TRUSTED CERTIFICATE":     KindCertificate,
		"CERTIFICATE REQUEST":     KindRequest,
		"NEW CERTIFICATE REQUEST": KindRequest,
		"PKCS7":                   KindCertificates,
		"PKCS12":                  KindPKCS12,
	}[label]
}

// kindOf recognizes DER by its content.
func kindOf(der []byte) Kind {
	if len(der) == 0 || der[0] != 0x30 { // all of them are sequences
		return KindUnknown
	}

	for _, try := range []struct {
		kind Kind
		is   func([]byte) error
	}{
		{KindPKCS8, sound(x509.ParsePKCS8PrivateKey)},
		{KindPKCS1, sound(x509.ParsePKCS1PrivateKey)},
		{KindEC, sound(x509.ParseECPrivateKey)},
		{KindCertificate, sound(x509.ParseCertificate)},
		{KindPublic, sound(x509.ParsePKIXPublicKey)},
		{KindRSAPublic, sound(x509.ParsePKCS1PublicKey)},
		{KindRequest, sound(x509.ParseCertificateRequest)},
		{KindPKCS12, isPKCS12},
		{KindCertificates, isPKCS7},
		{KindEncrypted, isEncryptedPKCS8},
	} {
		if try.is(der) == nil {
			return try.kind
		}
	}

	return KindUnknown
}

func sound[T any](parse func([]byte) (T, error)) func([]byte) error {
	return func(der []byte) error {
		_, err := parse(der)
		return err
	}
}

func isPKCS12(der []byte) error {
	var file struct {
		Version  int
		AuthSafe asn1.RawValue
		MacData  asn1.RawValue `asn1:"optional"`
	}

	if _, err := asn1.Unmarshal(der, &file); err != nil {
		return err
	}

	if file.AuthSafe.Tag != asn1.TagSequence {
		return errors.New("no sequence where PKCS#12 has its content")
	}

	return nil
}

func isPKCS7(der []byte) error {
	var file struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue `asn1:"optional"`
	}

	if _, err := asn1.Unmarshal(der, &file); err != nil {
		return err
	}

	if !file.ContentType.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}) {
		return errors.New("another content type")
	}

	return nil
}

func isEncryptedPKCS8(der []byte) error {
	var file struct {
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Encrypted []byte
	}

	_, err := asn1.Unmarshal(der, &file)

	return err
}

// unpack returns what a text in base64 holds, nil where it is not that alone.
func unpack(text []byte) []byte {
	packed := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}

		return r
	}, string(text))

	content, err := base64.StdEncoding.DecodeString(packed)
	if err != nil {
		return nil
	}

	return content
}
