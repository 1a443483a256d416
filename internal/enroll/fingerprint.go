package enroll

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// HMACKey makes the keyed hashes by which cards and contents are recognized
// without being stored. It is kept apart from the database.
type HMACKey struct {
	Kid string
	// mac is a function because fmt prints the bytes of a nested field, and of a function nothing.
	mac func() hash.Hash
}

const minHMACKey = 32

var errShortHMACKey = errors.New("the HMAC key has fewer than 32 bytes; make one with: openssl rand -base64 32")

// NewHMACKey makes a key of at least 32 bytes. Its kid is derived from the
// secret, so that the same file has the same kid everywhere.
func NewHMACKey(secret []byte) (HMACKey, error) {
	if len(secret) < minHMACKey {
		return HMACKey{}, errShortHMACKey
	}

	const kidLength = 9 // bytes: 12 characters, enough to tell a handful of keys apart

	key := HMACKey{mac: func() hash.Hash { return hmac.New(sha256.New, secret) }}
	key.Kid = base64.RawURLEncoding.EncodeToString(key.sum("kid", nil)[:kidLength])

	return key, nil
}

// LoadHMACKey reads a key from a file that holds it in base64, as `openssl rand -base64 32` writes it.
func LoadHMACKey(path string) (HMACKey, error) {
	text, err := keyfile.ReadText(path)
	if err != nil {
		return HMACKey{}, fmt.Errorf("HMAC key %s: %w", path, err)
	}
	defer clear(text)

	secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return HMACKey{}, fmt.Errorf("HMAC key %s: %s; make one with: openssl rand -base64 32", path, notBase64(text))
	}

	key, err := NewHMACKey(secret)
	if err != nil {
		return HMACKey{}, fmt.Errorf("HMAC key %s: %w", path, err)
	}

	return key, nil
}

// notBase64 says what a file is that was taken for an HMAC key.
func notBase64(text []byte) string {
	items, err := keyfile.Parse(text)

	switch {
	case err == nil:
		return "is not base64 but holds " + items[0].String()
	case errors.Is(err, keyfile.ErrNoKeyFile):
		return "is not base64"
	default:
		return err.Error()
	}
}

// LoadHMACKeys reads several keys, the current one first. Its error names every file that is wrong.
func LoadHMACKeys(paths ...string) ([]HMACKey, error) {
	keys := make([]HMACKey, len(paths))
	errs := make([]error, len(paths))

	for i, path := range paths {
		keys[i], errs[i] = LoadHMACKey(path)
	}

	return keys, errors.Join(errs...)
}

// String names the key and hides the secret.
func (k HMACKey) String() string { return "HMAC key " + k.Kid }

// GoString names the key and hides the secret.
func (k HMACKey) GoString() string { return k.String() }

// sum hashes a value for one use; values hashed for different uses have different hashes.
func (k HMACKey) sum(use string, value []byte) []byte {
	mac := k.mac()
	mac.Write([]byte(use))
	mac.Write([]byte{0})
	mac.Write(value)

	return mac.Sum(nil)
}

// OfCard is the keyed hash by which the jobs of a card are found.
func (k HMACKey) OfCard(number pan.Number) []byte {
	return k.sum("pan", []byte(number.Reveal())) //nolint:forbidigo // what goes on is a keyed hash
}

// newRecord is what is recorded of a job whose envelope is sound.
func (w *Worker) newRecord(job jobs.Job) store.Job {
	// The envelope holds no card data in clear, so its hash needs no key, and does not change with one.
	digest := sha256.Sum256(append(envelopeOf(job), job.Sealed...))

	return store.Job{
		ID:                 job.ID,
		Program:            job.Program,
		BatchID:            job.Batch,
		ExternalConsumerID: job.ExternalConsumerID,
		ExternalCardID:     job.ExternalCardID,
		Operation:          string(job.Operation),
		MessageDigest:      digest[:],
	}
}

// newInvalidRecord is what is kept of a message that is no job. Without a readable id it is kept under the
// place it had in the stream, written so that no id can equal it.
func (w *Worker) newInvalidRecord(r *reading) store.Job {
	record := store.Job{
		ID:                 cmp.Or(r.job.ID, r.place()),
		BatchID:            r.job.Batch,
		ExternalConsumerID: r.job.ExternalConsumerID,
		ExternalCardID:     r.job.ExternalCardID,
		Operation:          string(r.job.Operation),
	}
	record.MessageDigest, record.OtherDigests = w.invalidDigests(r.body)

	record.Program, _ = jobs.ProgramOf(r.msg.Subject()) // the subject is what publishers have permissions for

	return record
}

// invalidDigests are those under which a message is found again that could not be read: the one by which it is kept, and
// those by which a worker with other keys may have kept it. It may hold a card in clear, so they are keyed.
func (w *Worker) invalidDigests(body []byte) (current []byte, all [][]byte) {
	for _, key := range w.config.HMACKeys() {
		all = append(all, key.sum("message", body))
	}

	return all[0], all
}

// unlikeCard is a key that has fewer digits than a card number. Others are not kept where nobody knows the card's own.
func unlikeCard(key string) string {
	const shortest = 13

	digits := 0

	for _, c := range key {
		if unicode.IsDigit(c) {
			digits++
		}
	}

	if digits >= shortest {
		return ""
	}

	return key
}

// addCard adds what is kept of an opened card. A payload that could not be opened leaves nothing.
func (w *Worker) addCard(record *store.Job, job jobs.Job, payload jobs.Payload) {
	number := payload.Card.PrimaryAccountNumber
	if number.IsZero() && payload.Receipt == nil {
		return
	}

	if current := w.config.HMACKeys()[0]; !number.IsZero() {
		record.PANFirst6, record.PANLast4 = number.First6(), number.Last4()
		record.PANHMAC = current.OfCard(number)
	}

	w.addContent(record, contentOf(job, payload))
}

// addContent adds what tells the content of a job again that is sealed anew.
func (w *Worker) addContent(record *store.Job, content []byte) {
	keys := w.config.HMACKeys()
	record.PANHMACKid = keys[0].Kid

	for _, key := range keys {
		record.ContentHMACs = append(record.ContentHMACs, key.sum("content", content))
		record.HMACKids = append(record.HMACKids, key.Kid)
	}
}

// contentOf is everything that makes two jobs the same job: the envelope without the seal, and what is in the seal.
func contentOf(job jobs.Job, payload jobs.Payload) []byte {
	return append(envelopeOf(job), payload.Reveal()...) //nolint:forbidigo // what goes on is a keyed hash
}

// envelopeOf is everything beside the seal, written so that no two envelopes
// that differ are written alike. The id is not part of it: it is what contents are compared under.
func envelopeOf(job jobs.Job) []byte {
	var text []byte
	for _, member := range []string{job.Program, job.Batch, job.ExternalConsumerID, job.ExternalCardID, notAfter(job)} {
		text = strconv.AppendQuote(text, member)
	}

	// Added later, and only where it says something: what was hashed before must keep its hash.
	for _, member := range job.Named() {
		text = strconv.AppendQuote(text, member)
	}

	return text
}

func notAfter(job jobs.Job) string {
	if job.NotAfter.IsZero() {
		return ""
	}

	return job.NotAfter.UTC().Format(time.RFC3339Nano)
}
