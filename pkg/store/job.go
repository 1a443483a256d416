package store

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Job is what is kept of a job: nothing of the card but its truncated form and a keyed hash.
//
// ID and MessageDigest are required, other fields are empty where unknown. Texts
// are cut to 255 characters and freed of what Postgres cannot hold; the id, being
// the key, is refused instead (ErrRequest).
type Job struct {
	ID                 string // the idempotency key, at most 255 bytes of UTF-8
	Program            string
	BatchID            string
	ExternalConsumerID string
	ExternalCardID     string

	// Operation is one of the operations; empty stands for OperationEnroll. It is part of the content: an id that enrolled a card
	// is in conflict with a job to take it out.
	Operation string

	// QueuedAt is when the queue took the job, by its clock: when it was published, and which of two changes of one subject is the
	// later one.
	QueuedAt time.Time

	// Subject is what a job changes in its program, such as "card/" and Mastercard's id; empty for jobs that change nothing that is
	// there.
	Subject string

	// The card's; empty in a job that has none, as those that unenroll.
	PANFirst6  string // six digits
	PANLast4   string // four digits
	PANHMAC    []byte // keyed hash of the whole PAN, 16 to 64 bytes
	PANHMACKid string // which key made it

	// MessageDigest is the SHA-256 of the envelope as received, ciphertext
	// included: same digest, same message. Never over clear card data.
	MessageDigest []byte

	// OtherDigests are those under which the same message may have been kept before, by a worker that could not read it: the row
	// of any of them is this job's.
	OtherDigests [][]byte

	// ContentHMACs are keyed hashes of the opened content, 16 to 64 bytes each,
	// one for each loaded key, the current key's first; that one is kept. Empty
	// when the seal could not be opened. A job sealed anew has another digest but
	// the same hash; a key rotated between two attempts makes no conflict.
	ContentHMACs [][]byte

	// HMACKids names the keys that made ContentHMACs, in the same order. A row whose key is not among them can neither be
	// told to have the same content nor other content.
	HMACKids []string
}

// clean returns the job with texts that fit their columns.
func (j Job) clean() (Job, error) {
	switch {
	case j.ID == "" || len(j.ID) > maxName:
		return Job{}, fmt.Errorf("%w: a job id has 1 to %d bytes, this one has %d", ErrRequest, maxName, len(j.ID))
	case !utf8.ValidString(j.ID) || strings.ContainsRune(j.ID, 0):
		return Job{}, fmt.Errorf("%w: the job id is not valid UTF-8 or holds a NUL", ErrRequest)
	case len(j.MessageDigest) != sha256.Size:
		return Job{}, fmt.Errorf("%w: a message digest has %d bytes, this one has %d", ErrRequest, sha256.Size, len(j.MessageDigest))
	}

	if j.Operation = cmp.Or(j.Operation, OperationEnroll); !knownOperation(j.Operation) {
		return Job{}, fmt.Errorf("%w: there is no operation %q", ErrRequest, sanitizeExternal(j.Operation, maxCode))
	}

	j.Program = sanitize(j.Program, maxName)
	j.BatchID = sanitize(j.BatchID, maxName)
	j.ExternalConsumerID = sanitize(j.ExternalConsumerID, maxName)
	j.ExternalCardID = sanitize(j.ExternalCardID, maxName)
	j.PANHMACKid = sanitize(j.PANHMACKid, maxName)
	j.Subject = sanitize(j.Subject, maxSubject)

	return j, nil
}

// content says how a job compares with the row that has its id.
type content int

const (
	contentDiffers content = iota
	contentSame
	contentKeyMissing // cannot be told without a key that the worker lacks
)

// compare reports whether a row under the job's id is this job's.
func (j Job) compare(r record) content {
	switch {
	case slices.ContainsFunc(j.OtherDigests, func(digest []byte) bool { return hmac.Equal(r.messageDigest, digest) }):
		return contentSame // to the byte, whatever was read of it then
	case r.Operation != j.Operation:
		return contentDiffers
	case hmac.Equal(r.messageDigest, j.MessageDigest):
		return contentSame
	case len(j.ContentHMACs) == 0:
		return contentDiffers
	case len(r.contentHMAC) == 0:
		if r.waits() && r.Program == j.Program {
			return contentSame // nobody has opened what came first; this one can be, and takes its place
		}

		return contentDiffers
	case slices.ContainsFunc(j.ContentHMACs, func(mac []byte) bool { return hmac.Equal(mac, r.contentHMAC) }):
		return contentSame
	case r.panHMACKid != "" && len(j.HMACKids) > 0 && !slices.Contains(j.HMACKids, r.panHMACKid):
		return contentKeyMissing
	default:
		return contentDiffers
	}
}

// waits reports whether the row's job waits for a worker that can open it, or was lost while it did.
func (r *record) waits() bool {
	return r.Attempts == 0 && r.Redriven == 0 && (r.Status == StatusRetrying || r.Status == StatusDead && r.Failure.messageLost())
}

// contentHMAC is the one that is kept.
func (j Job) contentHMAC() []byte {
	if len(j.ContentHMACs) == 0 {
		return nil
	}

	return j.ContentHMACs[0]
}

// Failure says what went wrong: the error columns, NULL where empty. Texts are
// kept as received, after masking whatever could be a PAN and cutting them:
// Source, Reason and Detail to 128 characters, Field to 255, Message to 2000.
type Failure struct{ Source, Reason, Detail, Field, Message string }

func (f Failure) clean() Failure {
	return Failure{
		Source:  sanitizeExternal(f.Source, maxCode),
		Reason:  sanitizeExternal(f.Reason, maxCode),
		Detail:  sanitizeExternal(f.Detail, maxCode),
		Field:   sanitizeExternal(f.Field, maxName),
		Message: sanitizeExternal(f.Message, maxMessage),
	}
}
