package forget

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Remains is what is left of a program. Times are zero where there is nothing.
type Remains struct {
	Program string `json:"program"`
	// OldestRow is when the job ended that did first, of those that have a row.
	OldestRow time.Time `json:"oldest_row,omitzero"`
	// NotEnded jobs wait, run or are in doubt, whatever their age.
	NotEnded     int64     `json:"not_ended"`
	OldestLetter time.Time `json:"oldest_letter,omitzero"`
	OldestEvent  time.Time `json:"oldest_event,omitzero"`
}

// Proof is what is left.
type Proof struct {
	Programs []Remains `json:"programs"`
	// OldestAttempts is the first month of which attempts are kept, zero for none.
	OldestAttempts time.Time `json:"oldest_attempts,omitzero"`
	// Found says where the consumer is found who was searched for.
	Found []Finding `json:"found"`
}

// Finding is a place where a consumer is found.
type Finding struct {
	// Where is a column of a table, or a stream.
	Where string `json:"where"`
	Count int64  `json:"count"`
}

// ProofLedger is what is asked for a proof (store.Store).
type ProofLedger interface {
	Programs(ctx context.Context) ([]string, error)
	OldestEnded(ctx context.Context, program string) (time.Time, error)
	NotEnded(ctx context.Context, scope store.EndedScope) (int64, error)
	OldestAttempts(ctx context.Context) (time.Time, error)
	Tables(ctx context.Context) ([]store.Table, error)
	SearchTable(ctx context.Context, t store.Table, texts []string, told func(done, total int64)) (map[string]int64, error)
}

// Prove says what is left of some programs, or of all where none is named.
func Prove(ctx context.Context, js jetstream.JetStream, ledger ProofLedger, programs ...string) (Proof, error) {
	proof := Proof{Programs: []Remains{}, Found: []Finding{}}

	if len(programs) == 0 {
		var err error
		if programs, err = ledger.Programs(ctx); err != nil {
			return proof, err
		}
	}

	for _, program := range programs {
		left, err := remains(ctx, js, ledger, program)
		if err != nil {
			return proof, err
		}

		proof.Programs = append(proof.Programs, left)
	}

	var err error

	proof.OldestAttempts, err = ledger.OldestAttempts(ctx)

	return proof, err
}

func remains(ctx context.Context, js jetstream.JetStream, ledger ProofLedger, program string) (left Remains, err error) {
	left.Program = program

	if left.OldestRow, err = ledger.OldestEnded(ctx, program); err != nil {
		return left, err
	}

	if left.NotEnded, err = ledger.NotEnded(ctx, store.EndedScope{Programs: []string{program}}); err != nil {
		return left, err
	}

	if !jobs.ValidProgram(program) {
		return left, nil // it has no subjects
	}

	if left.OldestLetter, err = oldest(ctx, js, jobs.StreamDead, jobs.DeadSubjects(program)); err != nil {
		return left, err
	}

	left.OldestEvent, err = oldest(ctx, js, jobs.StreamOutcomes, outcomeSubjects(program))

	return left, err
}

// oldest is when the first message on some subjects was stored.
func oldest(ctx context.Context, js jetstream.JetStream, name string, subjects []string) (first time.Time, err error) {
	s, err := openStream(ctx, js, name)
	if errors.Is(err, ErrNoStream) {
		return time.Time{}, nil
	}

	if err != nil {
		return time.Time{}, err
	}

	for _, subject := range subjects {
		msg, err := s.first(ctx, 1, subject)

		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			continue
		case err != nil:
			return time.Time{}, err
		case first.IsZero() || msg.Time.Before(first):
			first = msg.Time.UTC()
		}
	}

	return first, nil
}

// Older reports whether anything that has ended is left from before a time.
func (p Proof) Older(than time.Time) bool {
	before := func(t time.Time) bool { return !t.IsZero() && t.Before(than) }

	for _, left := range p.Programs {
		if before(left.OldestRow) {
			return true
		}
	}

	return false
}
