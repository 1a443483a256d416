package jobs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/pkg/pan"
)

// Poll is the body of the message by which the workers ask what became of a batch that the API has taken: jobs that were
// submitted in one call, and wait for its result. Like a retry it is kept on the stream of retries, and comes out on the
// subject of the program's retries when its time has come. It holds nothing of a card outside the jobs' seals. Only workers
// publish it.
type Poll struct {
	Schema  int    `json:"schema"`
	Program string `json:"program"`
	// APIBatch is the API's id of the batch.
	APIBatch string `json:"api_batch"`
	// Part tells apart the messages of one batch: its jobs may be too many for one.
	Part string `json:"part"`
	// SubmittedAt is when the API took it, by Postgres' clock.
	SubmittedAt time.Time `json:"submitted_at"`
	// Polls is how often it was asked for, and answered.
	Polls int `json:"polls"`
	// FlowID leads to the site that took it.
	FlowID string `json:"flow_id,omitempty"`
	// Alone: the batch was of one job.
	Alone bool `json:"alone,omitempty"`
	// Numbers are the card numbers of the jobs, in one seal (KeyRing.SealNumbers); empty where there is none.
	Numbers string `json:"numbers,omitempty"`
	// Jobs are those that have no result yet.
	Jobs []SubmittedJob `json:"jobs"`
}

// SubmittedJob is a job that waits for the result of a batch, and its attempt, which tells its row apart from later ones.
type SubmittedJob struct {
	Attempt     int       `json:"attempt"`
	Charged     int       `json:"charged"`
	StartedAt   time.Time `json:"started_at"`
	Traceparent string    `json:"traceparent,omitempty"`
	// Message is the job's message.
	Message json.RawMessage `json:"message"`
	// Number is that of the job's card where it is known. The message has it in Numbers, sealed.
	Number pan.Number `json:"-"`
}

const (
	// pollHeader marks the message, whose subject is that of due retries.
	pollHeader = "Enroll-Message"
	pollKind   = "api-batch"

	// mostPolled bounds the jobs of a poll message.
	mostPolled = 10_000
)

// IsPoll reports whether a message of the stream of retries is a Poll.
func IsPoll(header nats.Header) bool {
	return header.Get(pollHeader) == pollKind && !IsReminder(header)
}

// PollSubject is where the schedule of a part of a batch is kept. It is none of a retry: no id holds a ~, and no job has two
// tokens.
func PollSubject(program, apiBatch, part string) string {
	sum := sha256.Sum256([]byte(apiBatch))

	return retryPrefix + program + ".~" + hex.EncodeToString(sum[:16]) + "." + token(part)
}

// PollSubjects are those of all parts of a batch.
func PollSubjects(program, apiBatch string) string { return PollSubject(program, apiBatch, "*") }

// AnyPollSubject is that of all polls: PollSubject makes one token more of them than RetrySubject of a retry.
const AnyPollSubject = retryPrefix + "*.*.*"

// Encode returns the message body and the headers that mark it.
func (p Poll) Encode() (*nats.Msg, error) {
	p.Schema = SchemaVersion

	body, err := encode(p, writePoll)
	if err != nil {
		return nil, fmt.Errorf("encoding the poll of batch %s: %w", p.APIBatch, err)
	}

	message := nats.NewMsg(PollSubject(p.Program, p.APIBatch, p.Part))
	message.Data = body
	message.Header.Set(pollHeader, pollKind)

	return message, nil
}

// DecodePoll reads a message body. The messages of its jobs may be parts of the body, which must not be changed after it. Its
// error says what is wrong, and repeats nothing of the body.
func DecodePoll(body []byte) (Poll, error) {
	p, ours := readPoll(body)
	if !ours {
		var err error

		if p, err = readAnyPoll(body); err != nil {
			return Poll{}, err
		}
	}

	switch {
	case p.Schema != SchemaVersion:
		return Poll{}, fmt.Errorf("its schema is %d, and this worker knows %d", p.Schema, SchemaVersion)
	case !ValidProgram(p.Program):
		return Poll{}, errors.New("program names none")
	case p.APIBatch == "" || p.SubmittedAt.IsZero() || p.Polls < 0:
		return Poll{}, errors.New("api_batch, submitted_at or polls is missing or wrong")
	case len(p.Jobs) == 0 || len(p.Jobs) > mostPolled:
		return Poll{}, fmt.Errorf("jobs has %d entries, not 1 to %d", len(p.Jobs), mostPolled)
	}

	for i, job := range p.Jobs {
		if job.Attempt < 1 || job.Charged < 0 || job.StartedAt.IsZero() || len(job.Message) == 0 {
			return Poll{}, fmt.Errorf("entry %d of jobs lacks its attempt or its message", i+1)
		}
	}

	return p, nil
}

// readAnyPoll reads a message body whatever its form.
func readAnyPoll(body []byte) (p Poll, err error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&p); err != nil {
		return Poll{}, errors.New("it is not the JSON of a poll")
	}

	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Poll{}, errors.New("something follows its JSON")
	}

	return p, nil
}

// Split returns polls of the same batch with the same jobs, each of whose bodies has at most so many bytes, apart from one job
// that has more by itself. The first keeps its part's name, and the others get a number behind it.
func (p Poll) Split(most int) []Poll {
	const (
		around = 2 << 10 // of each body, beside its jobs
		number = 32      // of each job, in the seal of all
	)

	perJob := len(`{"attempt":,"charged":,"started_at":"","traceparent":"","message":},`) +
		2*len("2147483647") + 2*len(time.RFC3339Nano) + number

	var all []Poll

	size := most // so that the first job begins a part

	for _, job := range p.Jobs {
		bytes := len(job.Message) + len(job.Traceparent) + perJob
		if size += bytes; size > most {
			part := p
			part.Jobs, part.Numbers = nil, ""

			if len(all) > 0 {
				part.Part += "-" + strconv.Itoa(len(all))
			}

			all = append(all, part)
			size = around + bytes
		}

		last := &all[len(all)-1]
		last.Jobs = append(last.Jobs, job)
	}

	return all
}
