package jobs

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// What a seal holds is said by its header cty.
const (
	contentPayload = "application/json"
	contentMessage = "application/vnd.enroll.message"
)

// MaxKeptMessage is the size of the largest message that SealMessage takes: sealed, it fits into the member sealed of a job.
const MaxKeptMessage = maxSealed/4*3 - sealOverhead

// sealOverhead is more than a seal adds to its text before base64: header, nonce, tag and what base64 rounds up.
const sealOverhead = 512

// SealMessage seals a whole message as it came, for the ring's first key, and returns the job with the seal. A worker that
// takes such a job takes the message out (OpenMessage) and treats it as if it had just come. So a message that no worker can
// read yet is kept until one can, without a word of it in clear.
func (r *KeyRing) SealMessage(job Job, body []byte) (Job, error) {
	if len(body) > MaxKeptMessage {
		return job, fmt.Errorf("sealing the message of job %s: it has %d bytes, %d can be sealed", job.ID, len(body), MaxKeptMessage)
	}

	envelope, err := newEnvelope(r.current.Public(), contentMessage)
	if err != nil {
		return job, fmt.Errorf("sealing the message of job %s: %w", job.ID, err)
	}

	job.Schema = SchemaVersion

	if job.Sealed, err = envelope.seal(body); err != nil {
		return job, fmt.Errorf("sealing the message of job %s: %w", job.ID, err)
	}

	return job, nil
}

// HoldsMessage reports whether a seal is one that SealMessage has made. It is asked of every job, so it looks at how the seal
// begins and decodes nothing.
func HoldsMessage(sealed string) bool {
	const header = `{"alg":"ECDH-ES","cty":"` + contentMessage + `"`

	const whole = len(header) / 3 * 3 // what of it does not share a character of base64 with what follows

	return strings.HasPrefix(sealed, base64.RawURLEncoding.EncodeToString([]byte(header[:whole])))
}

// OpenMessage returns the message that SealMessage has sealed.
func (r *KeyRing) OpenMessage(sealed string) ([]byte, *Problem) {
	body, _, p := r.decrypt(sealed)

	return body, p
}
