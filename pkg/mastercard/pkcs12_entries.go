package mastercard

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
)

// The parts of a PKCS#12 file (RFC 7292) down to its bags. go-pkcs12 opens files with one private key only; of a file with
// several, the one that is wanted is put into a file of its own here, which go-pkcs12 then opens.
type (
	contentInfo struct {
		ContentType asn1.ObjectIdentifier
		Content     asn1.RawValue `asn1:"tag:0,explicit,optional"`
	}
	pkcs12File struct {
		Version  int
		AuthSafe contentInfo
		MacData  asn1.RawValue `asn1:"optional"`
	}
	safeBag struct {
		ID         asn1.ObjectIdentifier
		Value      asn1.RawValue  `asn1:"tag:0,explicit"`
		Attributes []bagAttribute `asn1:"set,optional"`
	}
	bagAttribute struct {
		ID     asn1.ObjectIdentifier
		Values asn1.RawValue
	}
)

func oidData() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1} }

// pkcs12Entry is a private key in a file, still encrypted.
type pkcs12Entry struct {
	alias string // friendlyName, which Java calls alias and OpenSSL name
	keyID string // localKeyID, in hex
	bag   asn1.RawValue
}

func (e pkcs12Entry) String() string {
	switch {
	case e.alias != "":
		return fmt.Sprintf("%.80q", e.alias)
	case e.keyID != "":
		return fmt.Sprintf("%.80q (its key id: it has no alias)", e.keyID)
	default:
		return "one without alias and key id"
	}
}

// pkcs12Contents is a file taken apart as far as that goes without its password: names are in clear, keys are not.
type pkcs12Contents struct {
	entries   []pkcs12Entry
	bags      []asn1.RawValue // the others in clear
	encrypted []asn1.RawValue // parts that are encrypted as a whole: certificates, as a rule
}

func openPKCS12(data []byte) (pkcs12Contents, error) {
	var (
		contents pkcs12Contents
		file     pkcs12File
		safe     []asn1.RawValue
	)

	if _, err := asn1.Unmarshal(data, &file); err != nil {
		return contents, err
	}
	if err := octets(file.AuthSafe.Content.Bytes, &safe); err != nil {
		return contents, err
	}

	for _, part := range safe {
		var info contentInfo
		if _, err := asn1.Unmarshal(part.FullBytes, &info); err != nil {
			return contents, err
		}

		if !info.ContentType.Equal(oidData()) {
			contents.encrypted = append(contents.encrypted, part)
			continue
		}

		var bags []asn1.RawValue
		if err := octets(info.Content.Bytes, &bags); err != nil {
			return contents, err
		}

		for _, raw := range bags {
			if err := contents.add(raw); err != nil {
				return contents, err
			}
		}
	}

	return contents, nil
}

// octets reads the value in an OCTET STRING.
func octets(der []byte, value any) error {
	var content []byte
	if _, err := asn1.Unmarshal(der, &content); err != nil {
		return err
	}

	_, err := asn1.Unmarshal(content, value)

	return err
}

func (c *pkcs12Contents) add(raw asn1.RawValue) error {
	keyBag := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	shroudedKeyBag := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}

	var bag safeBag
	if _, err := asn1.Unmarshal(raw.FullBytes, &bag); err != nil {
		return err
	}

	if !bag.ID.Equal(keyBag) && !bag.ID.Equal(shroudedKeyBag) {
		c.bags = append(c.bags, raw)
		return nil
	}

	entry := pkcs12Entry{bag: raw}

	for _, attribute := range bag.Attributes {
		var value asn1.RawValue
		if _, err := asn1.Unmarshal(attribute.Values.Bytes, &value); err != nil {
			continue // an attribute without a value
		}

		switch {
		case attribute.ID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}):
			entry.alias = bmpString(value.Bytes)
		case attribute.ID.Equal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}):
			entry.keyID = hex.EncodeToString(value.Bytes)
		}
	}

	c.entries = append(c.entries, entry)

	return nil
}

func bmpString(text []byte) string {
	var units []uint16
	for ; len(text) >= 2; text = text[2:] {
		units = append(units, uint16(text[0])<<8|uint16(text[1]))
	}

	return string(utf16.Decode(units))
}

// choose returns the entry of an alias, or of a key id, or the only one where none is named. Java writes aliases in lower
// case whatever was asked for, so the case does not count unless two differ in nothing else.
func (c *pkcs12Contents) choose(alias string) (pkcs12Entry, error) {
	if alias == "" {
		if len(c.entries) == 1 {
			return c.entries[0], nil
		}

		return pkcs12Entry{}, fmt.Errorf("it holds %d private keys: set the alias (--signing-key-alias) of the one that belongs to"+
			" the consumer key, one of: %s", len(c.entries), c.names())
	}

	for _, same := range []func(pkcs12Entry) bool{
		func(e pkcs12Entry) bool { return e.alias == alias },
		func(e pkcs12Entry) bool { return strings.EqualFold(e.alias, alias) },
		func(e pkcs12Entry) bool { return strings.EqualFold(e.keyID, alias) },
	} {
		var found []pkcs12Entry

		for _, entry := range c.entries {
			if same(entry) {
				found = append(found, entry)
			}
		}

		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return pkcs12Entry{}, fmt.Errorf("it holds %d private keys of the alias %.80q: leave one in it", len(found), alias)
		}
	}

	return pkcs12Entry{}, fmt.Errorf("it holds no private key of the alias %.80q (--signing-key-alias), only: %s", alias, c.names())
}

func (c *pkcs12Contents) names() string {
	names := make([]string, len(c.entries))
	for i, entry := range c.entries {
		names[i] = entry.String()
	}

	return list(names)
}

// only returns a file with one private key, that entry's, and everything else that was in the file, under the same password.
func (c *pkcs12Contents) only(entry pkcs12Entry, password string) ([]byte, error) {
	if len(c.encrypted) > 1 {
		return nil, fmt.Errorf("its %d encrypted parts are more than are supported beside several private keys:"+
			" export the one key into a file of its own", len(c.encrypted))
	}

	bags, errBags := asn1.Marshal(append([]asn1.RawValue{entry.bag}, c.bags...))
	clear, errClear := dataOf(bags)
	safe, errSafe := asn1.Marshal(append([]asn1.RawValue{{FullBytes: clear}}, c.encrypted...))
	content, errContent := dataOf(safe)
	mac, errMAC := macOf(safe, password)
	file, errFile := asn1.Marshal(struct {
		Version       int
		AuthSafe, MAC asn1.RawValue
	}{3, asn1.RawValue{FullBytes: content}, asn1.RawValue{FullBytes: mac}})

	return file, errors.Join(errBags, errClear, errSafe, errContent, errMAC, errFile)
}

// dataOf is a ContentInfo of the type data.
func dataOf(content []byte) ([]byte, error) {
	text, err := asn1.Marshal(content)
	if err != nil {
		return nil, err
	}

	return asn1.Marshal(contentInfo{oidData(), asn1.RawValue{Class: asn1.ClassContextSpecific, IsCompound: true, Bytes: text}})
}

// macOf is the MacData of a file that only this process ever sees: PBMAC1 (RFC 9579) of one round. The file that it stands
// for has had its own MAC verified.
func macOf(content []byte, password string) ([]byte, error) {
	const size = sha256.Size

	hmacWithSHA256 := pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}}
	salt := make([]byte, size)
	_, _ = rand.Read(salt) // never fails

	key, err := pbkdf2.Key(sha256.New, password, salt, 1, size)
	if err != nil {
		return nil, err
	}

	mac := hmac.New(sha256.New, key)
	mac.Write(content)

	derivation, errDerivation := asn1.Marshal(struct {
		Salt       []byte
		Iterations int
		KeyLength  int
		Prf        pkix.AlgorithmIdentifier
	}{salt, 1, size, hmacWithSHA256})
	parameters, errParameters := asn1.Marshal(struct{ Derivation, MAC pkix.AlgorithmIdentifier }{
		pkix.AlgorithmIdentifier{
			Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, Parameters: asn1.RawValue{FullBytes: derivation},
		},
		hmacWithSHA256,
	})
	data, errData := asn1.Marshal(struct {
		MAC struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}
		Salt       []byte
		Iterations int
	}{
		MAC: struct {
			Algorithm pkix.AlgorithmIdentifier
			Digest    []byte
		}{
			pkix.AlgorithmIdentifier{
				Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}, Parameters: asn1.RawValue{FullBytes: parameters},
			},
			mac.Sum(nil),
		},
		Salt: salt, Iterations: 1,
	})

	return data, errors.Join(errDerivation, errParameters, errData)
}
