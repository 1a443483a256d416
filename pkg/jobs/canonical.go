package jobs

import (
	"bytes"
	"encoding/json"
)

// A document in the form in which this package writes it needs no schema: it has the members that are known, each once and
// in its own spelling, and whether their values are good is checked in Go (see conforms). Any other document, of which most are
// as good, goes the long way: generic JSON, sensitive members, card numbers in clear, the schema.

// canonicalJob reads a message body in this package's own form, that conforms.
func canonicalJob(body []byte, cardLike ...string) (Job, bool) {
	var job Job
	if err := json.Unmarshal(body, &job); err != nil || job.Schema != SchemaVersion || !job.conforms(cardLike...) {
		return Job{}, false
	}

	again, err := json.Marshal(job)

	return job, err == nil && bytes.Equal(again, body)
}

// canonicalPayload reads a payload in this package's own form, that conforms.
func canonicalPayload(text []byte) (Payload, bool) {
	payload, err := decodePayload(text)
	if err != nil || !payload.conforms() || mayHoldTrack(text) {
		return Payload{}, false
	}

	again := payload.Reveal() //nolint:forbidigo // compared, and cleared
	defer clear(again)

	return payload, bytes.Equal(again, text)
}
