package jobs

import (
	"crypto/sha256"
	"fmt"
	"sync"
)

// IDReuseError is returned when a publisher is given a job under an id under which it has published a job with other
// content. Nothing of the call was published. What a publisher does not know, because another process published the first
// job or too many others were published since, the worker finds: that job ends as conflict.
type IDReuseError struct {
	// ID is the id of both jobs.
	ID string
}

// Error says what to do.
func (e *IDReuseError) Error() string {
	return fmt.Sprintf("job %s was published before with other content: publish this one under a new id", e.ID)
}

// remembered is how many of its last jobs a publisher knows. One takes some 200 bytes.
const remembered = 16_384

// memory is what a publisher knows of the jobs that it has published. It is safe for concurrent use.
type memory struct {
	mu   sync.Mutex
	jobs map[string]trace
	// order are the ids, in a ring that begins at next.
	order []string
	next  int
}

// trace is what is kept of a job.
type trace struct {
	messageID string
	envelope  [sha256.Size]byte // hash of what is beside the seal
	sealer    *Sealer           // nil when nobody knows the content
	content   [sha256.Size]byte
}

func newTrace(job Job, body []byte) trace {
	t := trace{messageID: job.messageID(body), envelope: job.envelopeDigest("")}

	if known := job.known; known != nil && known.sealed == job.Sealed { // else the seal was replaced
		t.sealer, t.content = known.sealer, known.content
	}

	return t
}

// comparable reports whether the contents were hashed with one key.
func (t trace) comparable(other trace) bool { return t.sealer != nil && t.sealer == other.sealer }

// same reports whether two jobs are certainly one.
func (t trace) same(other trace) bool {
	return t.messageID == other.messageID || t.envelope == other.envelope && t.comparable(other) && t.content == other.content
}

// differs reports whether two jobs are certainly not one.
func (t trace) differs(other trace) bool {
	return t.envelope != other.envelope || t.comparable(other) && t.content != other.content
}

// admit returns the id of the job's message: that of the first one, when this is the same job sealed anew. fresh says that
// nothing was known under the job's id.
func (m *memory) admit(job Job, body []byte) (messageID string, fresh bool, err error) {
	if job.origin() != "" {
		return job.messageID(body), false, nil // a file's: a million ids that are made of the numbers of rows
	}

	t := newTrace(job, body)

	m.mu.Lock()
	defer m.mu.Unlock()

	before, known := m.jobs[job.ID]

	switch {
	case !known:
		m.remember(job.ID, t)
		return t.messageID, true, nil
	case t.same(before):
		return before.messageID, false, nil
	case t.differs(before):
		return "", false, &IDReuseError{ID: job.ID}
	default:
		return t.messageID, false, nil // sealed elsewhere: the worker decides
	}
}

func (m *memory) remember(id string, t trace) {
	if m.jobs == nil {
		m.jobs = make(map[string]trace)
	}

	if len(m.order) < remembered {
		m.order = append(m.order, id)
	} else {
		delete(m.jobs, m.order[m.next])
		m.order[m.next] = id
		m.next = (m.next + 1) % remembered
	}

	m.jobs[id] = t
}

// forget is for ids of which it is not certain that a job was published under them.
func (m *memory) forget(ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()

	for _, id := range ids {
		delete(m.jobs, id)
	}
}
