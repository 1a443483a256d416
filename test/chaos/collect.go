package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// collect asks everybody what happened.
func (h *harness) collect(ctx context.Context, accepted []Job) (History, error) {
	history := History{Accepted: accepted, Effects: map[string]sandbox.CardEntry{}, Left: map[string]uint64{}}

	ledger := h.api.sandbox.Ledger()
	for _, job := range accepted {
		if job.bringsCard() {
			history.Effects[job.ID] = ledger.Card(job.Card())
		}
	}

	history.Totals = ledger.Totals()

	for _, read := range []func(context.Context, *History) error{h.readTables, h.readStreams, h.readEvents, h.readLetters} {
		if err := read(ctx, &history); err != nil {
			return history, err
		}
	}

	history.Lives = h.lives(history)

	return history, nil
}

// lives asks the API what it did to the cards that jobs came after.
func (h *harness) lives(history History) map[string]Life {
	api, all, rows := h.api.sandbox, map[string]Life{}, map[string]Row{}
	for _, row := range history.Rows {
		rows[row.JobID] = row
	}

	for _, job := range history.Accepted {
		if len(job.After) == 0 {
			continue
		}

		card := rows[job.ID].CardID
		life := Life{Card: api.Ledger().Changes(card), HasCard: api.Holds(card)}

		for _, id := range consumersOf(job, rows) {
			changes := api.Ledger().Changes(id)
			life.Consumer.Updated += changes.Updated
			life.Consumer.Deleted += changes.Deleted
			life.HasConsumer = life.HasConsumer || api.Holds(id)
			life.Consumers++
		}

		all[job.ID] = life
	}

	return all
}

// consumersOf are the consumers that the API has told of for a job and those that followed it.
func consumersOf(job Job, rows map[string]Row) []string {
	var ids []string

	for _, one := range append(slices.Concat(job.After...), job) {
		if id := rows[one.ID].ConsumerID; one.bringsCard() && id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}

	return ids
}

func (h *harness) readTables(ctx context.Context, history *History) error {
	conn, err := pgx.Connect(ctx, h.database.url())
	if err != nil {
		return fmt.Errorf("connecting to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	// The error of a query comes with its rows.
	rows, _ := conn.Query(ctx,
		"SELECT job_id, status, attempts, first_seen_at, completed_at, src_digital_card_id, src_consumer_id, "+
			"consumers FROM enrollments")

	history.Rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Row, err error) {
		var consumers int64

		err = row.Scan(&r.JobID, &r.Status, &r.Attempts, &r.FirstSeenAt, (*zeronull.Timestamptz)(&r.CompletedAt),
			(*zeronull.Text)(&r.CardID), (*zeronull.Text)(&r.ConsumerID), (*zeronull.Int8)(&consumers))
		r.Consumers = int(consumers)

		return r, err
	})
	if err != nil {
		return fmt.Errorf("reading enrollments: %w", err)
	}

	rows, _ = conn.Query(ctx,
		"SELECT job_id, attempt, worker, started_at, finished_at, verdict, error_reason, late FROM attempts ORDER BY job_id, attempt")

	history.Attempts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Attempt, err error) {
		err = row.Scan(&a.JobID, &a.Attempt, (*zeronull.Text)(&a.Worker), &a.StartedAt, (*zeronull.Timestamptz)(&a.FinishedAt),
			(*zeronull.Text)(&a.Verdict), (*zeronull.Text)(&a.Reason), &a.Late)

		return a, err
	})
	if err != nil {
		return fmt.Errorf("reading attempts: %w", err)
	}

	return nil
}

func (h *harness) readStreams(ctx context.Context, history *History) error {
	for _, name := range []string{jobs.StreamJobs, jobs.StreamRetry} {
		stream, err := h.js.Stream(ctx, name)
		if err != nil {
			return fmt.Errorf("looking at %s: %w", name, err)
		}

		history.Left[name] = stream.CachedInfo().State.Msgs
	}

	return nil
}

func (h *harness) readEvents(ctx context.Context, history *History) error {
	return h.readAll(ctx, jobs.StreamOutcomes, func(id string, data []byte, at time.Time) error {
		var outcome jobs.Outcome

		err := json.Unmarshal(data, &outcome)
		history.Events = append(history.Events, Event{
			MsgID: id, JobID: outcome.ID, Status: store.Status(outcome.Status), Content: string(data), At: at,
			Receipt: outcome.Push != nil && !outcome.Push.Receipt.IsZero(),
		})

		return err
	})
}

func (h *harness) readLetters(ctx context.Context, history *History) error {
	return h.readAll(ctx, jobs.StreamDead, func(id string, data []byte, _ time.Time) error {
		var letter jobs.DeadLetter

		err := json.Unmarshal(data, &letter)
		history.Letters = append(history.Letters, Letter{
			MsgID: id, JobID: letter.Job.ID, Status: store.Status(letter.Status), Content: string(data),
		})

		return err
	})
}

// readAll reads a stream from its first message to its last.
func (h *harness) readAll(ctx context.Context, name string, take func(id string, data []byte, at time.Time) error) error {
	stream, err := h.js.Stream(ctx, name)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", name, err)
	}

	left := stream.CachedInfo().State.Msgs
	if left == 0 {
		return nil
	}

	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}

	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	defer messages.Stop()

	for ; left > 0; left-- {
		msg, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}

		stored, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("reading a message of %s: %w", name, err)
		}

		if err := take(msg.Headers().Get(jetstream.MsgIDHeader), msg.Data(), stored.Timestamp); err != nil {
			return fmt.Errorf("reading a message of %s: %w", name, err)
		}
	}

	return nil
}
