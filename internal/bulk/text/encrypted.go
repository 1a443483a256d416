package text

import (
	"bytes"
	"encoding/binary"
)

const decrypt = "is encrypted with PGP; decrypt it on the way, and leave no clear copy behind: gpg --decrypt FILE | submit -"

// encrypted tells what is encrypted by the text around it, which can stand behind comments.
func encrypted(begin []byte) string {
	for _, kind := range []struct{ text, reason string }{
		{"-----BEGIN PGP MESSAGE", decrypt},
		{"-----BEGIN PGP SIGNED MESSAGE", "is signed with PGP; check and remove that on the way: gpg --decrypt FILE | submit -"},
		{"-----BEGIN PGP ", "is a key or a signature of PGP and no file of cards"},
		{"age-encryption.org/v1", "is encrypted with age; decrypt it on the way: age --decrypt -i KEY FILE | submit -"},
		{"-----BEGIN AGE ENCRYPTED FILE", "is encrypted with age; decrypt it on the way: age --decrypt -i KEY FILE | submit -"},
		{"-----BEGIN PKCS7", cmsEncrypted},
		{"-----BEGIN CMS", cmsEncrypted},
		{"Salted__", "is encrypted with openssl enc; decrypt it on the way: openssl enc -d ... -in FILE | submit -"},
		{"U2FsdGVkX1", "is encrypted with openssl enc; decrypt it on the way: openssl enc -d -a ... -in FILE | submit -"},
	} {
		at := bytes.Index(begin, []byte(kind.text))
		if at == 0 || at > 0 && (begin[at-1] == '\n' || begin[at-1] == '\r' || at == len(ByteOrderMark)) {
			return kind.reason
		}
	}

	return ""
}

const cmsEncrypted = "is encrypted or signed (CMS, S/MIME); open it on the way: " +
	"openssl cms -decrypt -in FILE -inkey KEY | submit -"

// cms tells the binary form by its object identifier.
func cms(begin []byte) string {
	const (
		identifier = "\x2a\x86\x48\x86\xf7\x0d\x01\x07" // of PKCS #7
		behind     = 32                                 // bytes at most
	)

	if begin[0] == 0x30 && bytes.Contains(begin[:min(len(begin), behind)], []byte(identifier)) {
		return cmsEncrypted
	}

	return ""
}

// pgp tells the binary form (RFC 9580, section 4.2) by its first packet: a tag, a length, and the packet's version.
func pgp(begin []byte) string {
	const (
		sessionKey  = 1 // encrypted for somebody's key
		password    = 3 // encrypted with a password
		onePass     = 4 // a signature follows
		compressed  = 8
		encryptedIn = 18
	)

	tag, body := pgpPacket(begin)
	if len(body) == 0 {
		return ""
	}

	version := body[0]

	switch {
	case tag == sessionKey && (version == 3 || version == 6),
		tag == password && version >= 4 && version <= 6,
		tag == encryptedIn && (version == 1 || version == 2):
		return decrypt
	case tag == onePass && (version == 3 || version == 6), tag == compressed && begin[0] != 'c' && version >= 1 && version <= 3:
		return "is signed or packed with PGP; unpack it on the way: gpg --decrypt FILE | submit -"
	default:
		return ""
	}
}

// pgpPacket returns the tag of a packet and what is there of its body, -1 when there is none.
func pgpPacket(begin []byte) (tag int, body []byte) {
	const header = 6 // bytes at most

	if len(begin) < header || begin[0]&0x80 == 0 {
		return -1, nil
	}

	if begin[0]&0x40 == 0 { // the old form: the number of bytes of the length stands in the tag
		return int(begin[0] >> 2 & 0xf), begin[[]int{2, 3, 5, 1}[begin[0]&3]:]
	}

	switch first := begin[1]; {
	case first < 192 || first >= 224 && first < 255: // one byte, or the length of the first part
		body = begin[2:]
	case first < 224:
		body = begin[3:]
	default:
		body = begin[header:]
	}

	if first := begin[1]; first == 255 && binary.BigEndian.Uint32(begin[2:]) == 0 {
		return -1, nil
	}

	return int(begin[0] & 0x3f), body
}
