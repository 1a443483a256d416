package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/pkg/jobs"
)

// nobody is a name that no stream, consumer, program or key has.
const nobody = "doctor-none"

// rights tries each subject that the role needs with a message that the server looks at and refuses, so that none is kept.
func (q *queue) rights(ctx context.Context) {
	subjects := grants.ForRole(q.Role)

	var lacking []string

	if err := q.maySubscribe(ctx); err != nil {
		lacking = append(lacking, err.Error())
	}

	for _, pattern := range subjects.Publish {
		err := q.mayPublish(ctx, pattern)

		switch {
		case errors.Is(err, nats.ErrPermissionViolation):
			lacking = append(lacking, "publish to "+pattern)
		case err != nil:
			q.fail("rights", "See that the queue answers.", "trying to publish to %s: %s", pattern, masked(err))
			return
		}
	}

	if len(lacking) > 0 {
		q.fail("rights", "Give the user what worker grants nats prints, and set --nats-inbox-prefix.",
			"the user lacks: %s", strings.Join(lacking, "; "))
	} else {
		q.ok("rights", "the user may do all that a %s needs", q.Role)
	}
}

// mayPublish returns nats.ErrPermissionViolation where the user may not publish to a subject. The server says so before it
// answers what is sent after the message.
func (q *queue) mayPublish(ctx context.Context, pattern string) error {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	conn, probe := q.js.Conn(), q.probe(pattern)
	probe.Reply = conn.NewInbox() // nobody listens

	if err := conn.PublishMsg(probe); err != nil {
		return fmt.Errorf("publishing: %w", err)
	}

	return q.told(ctx, probe.Subject)
}

func (q *queue) maySubscribe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	conn := q.js.Conn()
	inbox := conn.NewInbox()

	subscription, err := conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("subscribe to its inbox: %w", err)
	}
	defer subscription.Unsubscribe() //nolint:errcheck // the connection is closed soon

	if q.told(ctx, inbox) != nil {
		prefix, _, _ := strings.Cut(inbox, ".")

		return fmt.Errorf("subscribe to %s.>", prefix)
	}

	return nil
}

// told returns what the server has told the connection about a subject.
func (q *queue) told(ctx context.Context, subject string) error {
	conn := q.js.Conn()

	if err := conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("asking the queue: %w", err)
	}

	if last := conn.LastError(); errors.Is(last, nats.ErrPermissionViolation) && strings.Contains(last.Error(), subject) {
		return nats.ErrPermissionViolation
	}

	return nil
}

// probe is a message to a subject of a pattern that has no effect there.
func (q *queue) probe(pattern string) *nats.Msg {
	const api = "$JS.API."

	message := nats.NewMsg(q.concrete(pattern))

	switch {
	case strings.HasPrefix(pattern, api+"CONSUMER.CREATE."), strings.HasPrefix(pattern, api+"STREAM.CREATE."),
		strings.HasPrefix(pattern, api+"STREAM.MSG."), strings.HasPrefix(pattern, api+"DIRECT.GET."):
		message.Data = []byte("no JSON: refused")
	case strings.HasPrefix(pattern, api+"STREAM.PURGE."):
		message.Data = []byte(`{"filter":"$KV.` + jobs.BucketControl + "." + nobody + `"}`) // there is nothing
	case !strings.HasPrefix(pattern, "$JS."):
		message.Header.Set(nats.ExpectedStreamHdr, nobody) // refused by the stream that it comes to
	}

	return message
}

// concrete is a subject that a pattern matches: with names that exist where the right may be bound to them.
func (q *queue) concrete(pattern string) string {
	program := nobody
	if len(q.Topology.Programs) > 0 {
		program = q.Topology.Programs[0]
	}

	tokens := strings.Split(pattern, ".")
	first := program

	if strings.HasPrefix(pattern, "$JS.") {
		first = jobs.StreamJobs
	}

	for i, token := range tokens {
		switch token {
		case "*":
			tokens[i], first = first, nobody
		case ">":
			tokens[i] = nobody
			if strings.HasPrefix(pattern, "$JS.ACK.") || strings.HasPrefix(pattern, "$JS.API.CONSUMER.CREATE.>") {
				tokens[i] = jobs.StreamJobs + "." + nobody
			}
		}
	}

	return strings.Join(tokens, ".")
}
