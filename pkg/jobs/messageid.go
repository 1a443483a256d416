package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// MessageID is the header Nats-Msg-Id of a job's message: the job's id, a slash, and the first 32 hexadecimal digits of the
// SHA-256 of the body. The queue takes a message for a duplicate when it knows its id of the last two minutes. With the job's
// id alone it would swallow a corrected job that bears the id of the one before it.
func MessageID(id string, body []byte) string {
	sum := sha256.Sum256(body)

	return messageID(id, sum[:])
}

func messageID(id string, sum []byte) string {
	return id + "/" + hex.EncodeToString(sum)[:digestDigits]
}

// digestDigits is how many digits of the digest stand in an id of a message.
const digestDigits = 32

// sameness is what this process knows of a job beside its message: by what it can tell that two jobs are one although they
// were sealed apart, which makes their messages different. It does not travel.
type sameness struct {
	// origin stands for the content of the job; see From.
	origin string
	// sealed is what sealer made of the content, and content a hash of that with a key that only the sealer has.
	sealed  string
	sealer  *Sealer
	content [sha256.Size]byte
}

// From returns the job with a text that stands for where its content comes from, such as the digest of a file; the job's own
// id says which part of it. The queue then takes two jobs with one id and one origin for duplicates also when they were
// sealed apart, as those of a file are that is sent again. The text travels as a hash, together with what is beside the
// seal. It must not be made of the card's data: whoever can guess a card could try it.
func (j Job) From(origin string) Job {
	known := sameness{}
	if j.known != nil {
		known = *j.known
	}

	known.origin = origin
	j.known = &known

	return j
}

func (j Job) origin() string {
	if j.known == nil {
		return ""
	}

	return j.known.origin
}

// messageID is MessageID, or what stands for it in a job with an origin.
func (j Job) messageID(body []byte) string {
	if j.origin() == "" {
		return MessageID(j.ID, body)
	}

	// What is beside the seal is a part of the content, and the origin need not say it.
	sum := j.envelopeDigest(j.origin())

	return messageID(j.ID, sum[:])
}

// envelopeDigest hashes what is beside the seal, written as one way where there are several, and a text with it.
func (j Job) envelopeDigest(with string) [sha256.Size]byte {
	members := []string{
		with, j.ID, j.Program, j.Batch, j.ExternalConsumerID, j.ExternalCardID, j.NotAfter.UTC().Format(time.RFC3339Nano),
	}

	members = append(members, j.Named()...)

	var text []byte
	for _, member := range members {
		text = strconv.AppendQuote(text, member)
	}

	return sha256.Sum256(text)
}
