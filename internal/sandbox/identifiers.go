package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync/atomic"
)

// identifiers makes every name that the sandbox gives out from a key of its own: the same for the
// same things as long as the process lives, and telling nothing of them.
//
// None holds a run of 13 digits or more, so that whoever searches files and tables for card numbers
// does not find one of these.
type identifiers struct {
	key   []byte
	count *atomic.Uint64
}

func newIdentifiers(key []byte) identifiers {
	return identifiers{key: key, count: new(atomic.Uint64)}
}

// sum is a keyed hash of a purpose and the parts, told apart by their lengths.
func (i identifiers) sum(purpose string, parts ...string) [sha256.Size]byte {
	mac := hmac.New(sha256.New, i.key)

	for _, part := range append([]string{purpose}, parts...) {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part)))) //nolint:gosec // a part is far shorter than 4 GiB
		mac.Write([]byte(part))
	}

	return [sha256.Size]byte(mac.Sum(nil))
}

func (i identifiers) digitalCard(digits, serviceID string) string {
	return uuid(i.sum("card", digits, serviceID))
}

func (i identifiers) consumer(parts ...string) string { return uuid(i.sum("consumer", parts...)) }

// next is a new UUID each time.
func (i identifiers) next() string {
	return uuid(i.sum("count", string(binary.BigEndian.AppendUint64(nil, i.count.Add(1)))))
}

// correlation is a new srcCorrelationId, with the prefix that Mastercard's have.
func (i identifiers) correlation() string {
	sum := i.sum("correlation")
	return hex.EncodeToString(sum[:4]) + "." + i.next()
}

// tokenReference has the look and the 48 characters of a token unique reference.
func (i identifiers) tokenReference(cardID string) string {
	sum := i.sum("token", cardID)
	return "DM4MMC0000" + letters(sum[:19])
}

// accountReference has the 29 characters of a payment account reference.
func (i identifiers) accountReference(cardID string) string {
	sum := i.sum("account", cardID)
	return "5001" + letters(sum[:12]) + "Z"
}

func (i identifiers) fourDigits(cardID string) string {
	sum := i.sum("token digits", cardID)

	var out strings.Builder
	for _, b := range sum[:4] {
		out.WriteByte('0' + b%10)
	}

	return out.String()
}

// serial is a serial of the sandbox's own range for a push account receipt.
func (i identifiers) serial(receipt string) int {
	sum := i.sum("receipt", receipt)
	return int(binary.BigEndian.Uint32(sum[:4]) % (MaxSerial + 1))
}

// letters writes two letters for each byte.
func letters(raw []byte) string {
	const alphabet = "ABCDEFGHKLMNPRST"

	var out strings.Builder
	for _, b := range raw {
		out.WriteByte(alphabet[b>>4])
		out.WriteByte(alphabet[b&15])
	}

	return out.String()
}

// uuid has version 4 and the variant of RFC 9562. The second, fourth and fifth groups begin with a
// letter, which keeps runs of digits short.
func uuid(sum [sha256.Size]byte) string {
	b := sum[:16]
	b[4] = b[4]&0x5f | 0xa0
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x1f | 0xa0
	b[10] = b[10]&0x5f | 0xa0

	text := hex.EncodeToString(b)

	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}
