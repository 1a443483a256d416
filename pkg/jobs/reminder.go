package jobs

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// Reminder is the body of the message by which a job comes back that waits for the key of its seal. It holds nothing of the job:
// the job's message is kept once, under RetrySubject, so that it can be overwritten when it turns out to hold what must not be
// kept. Like a retry it is kept on the stream of retries, and comes out on the subject of the program's retries. Only workers
// publish it.
type Reminder struct {
	Schema  int    `json:"schema"`
	Program string `json:"program"`
	ID      string `json:"id"`
}

// reminderHeader marks the message. It has the mark of a Poll as well, and is none: an earlier version of the workers cannot read
// it then, and hands it back until another takes it, where it would end a message without a mark as invalid.
const (
	reminderHeader = "Enroll-Reminder"
	reminderValue  = "job"
)

// IsReminder reports whether a message of the stream of retries is a Reminder.
func IsReminder(header nats.Header) bool { return header.Get(reminderHeader) != "" }

// ReminderSubject is where the schedule of a job's reminder is kept. It is none of a retry: no id holds a ~.
func ReminderSubject(program, id string) string { return RetrySubject(program, id) + "~" }

// Encode returns the message body and the headers that mark it.
func (r Reminder) Encode() (*nats.Msg, error) {
	r.Schema = SchemaVersion

	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding the reminder of job %s: %w", r.ID, err)
	}

	message := nats.NewMsg(ReminderSubject(r.Program, r.ID))
	message.Data = body
	message.Header.Set(pollHeader, pollKind)
	message.Header.Set(reminderHeader, reminderValue)

	return message, nil
}

// DecodeReminder reads a message body. Its error says what is wrong, and repeats nothing of the body.
func DecodeReminder(body []byte) (Reminder, error) {
	var r Reminder

	switch err := json.Unmarshal(body, &r); {
	case err != nil:
		return Reminder{}, errors.New("it is not the JSON of a reminder")
	case r.Schema != SchemaVersion:
		return Reminder{}, fmt.Errorf("its schema is %d, and this worker knows %d", r.Schema, SchemaVersion)
	case !ValidProgram(r.Program):
		return Reminder{}, errors.New("program names none")
	case !ValidID(r.ID):
		return Reminder{}, errors.New("id is none of a job")
	default:
		return r, nil
	}
}
