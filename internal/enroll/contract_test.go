package enroll_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/redrive"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/jobs/schema"
)

// The description that is given to upstream systems is held against what is published: each message has a channel, its headers and
// its body are as described, and no member or header is there that is not.
func TestWhatIsPublishedIsAsDescribed(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	seen := newContract(t)

	_, err := r.js.Conn().Subscribe("enroll.>", func(msg *nats.Msg) {
		if msg.Header.Get(nats.MsgIdHdr) != "" && len(msg.Data) > 0 { // what this test publishes by hand has none
			seen.add(published{subject: msg.Subject, header: msg.Header, raw: msg.Data})
		}
	})
	require.NoError(t, err)

	_, err = r.publisher.PublishBatch(t.Context(), []jobs.Job{r.seal("batch-1", sandbox.PAN(0, 6)), r.seal("batch-2", sandbox.PAN(0, 7))})
	require.NoError(t, err)

	stop := r.start()
	r.outcomesOf(2)
	stop()

	r.retry(seen)
	r.everyEnd()

	_, err = redrive.Run(t.Context(), r.js, r.store, redrive.Options{})
	require.NoError(t, err)

	for _, stream := range []string{jobs.StreamDead, jobs.StreamOutcomes} {
		for _, one := range r.publishedOn(stream) {
			seen.add(one)
		}
	}

	require.NoError(t, r.js.Conn().Flush())
	require.Equal(t, seen.names(), slices.Sorted(maps.Keys(seen.check())), "something was seen on each channel")
	require.True(t, seen.on("enroll.outcomes.unknown.invalid"), "of a message on a subject that names no program")
	require.Contains(t, seen.ids(), "~ENROLL_JOBS", "of a message without an id")
}

// retry adds the schedule of a retry, and what comes out of it.
func (r *rig) retry(seen *contract) {
	r.t.Helper()

	r.retryAfter(time.Second)

	msg := nats.NewMsg(jobs.Subject("demo"))
	msg.Data, _ = r.seal("retried", sandbox.PAN(50, 1)).Encode()
	msg.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	_, err := r.js.PublishMsg(r.t.Context(), msg)
	require.NoError(r.t, err)

	stop := r.start()
	eventually.True(r.t, func() bool { return r.scheduled("retried") == 1 }, patience, time.Millisecond)
	stop()

	stream, err := r.js.Stream(r.t.Context(), jobs.StreamRetry)
	require.NoError(r.t, err)

	last := func(subject string) (*jetstream.RawStreamMsg, error) {
		return stream.GetLastMsgForSubject(r.t.Context(), subject)
	}

	if scheduled, err := last(jobs.RetrySubject("demo", "retried")); err == nil {
		seen.add(published{subject: scheduled.Subject, header: scheduled.Header, raw: scheduled.Data})
	}

	eventually.True(r.t, func() bool {
		due, err := last(jobs.DueSubject("demo"))
		if err == nil {
			seen.add(published{subject: due.Subject, header: due.Header, raw: due.Data})
		}

		return err == nil
	}, patience, 10*time.Millisecond)

	stop = r.start()
	require.Equal(r.t, "enrolled", r.outcome().Status)
	stop()
}

// contract is the AsyncAPI description, and the messages that are held against it.
type contract struct {
	t        *testing.T
	channels map[string]channel
	compiler *jsonschema.Compiler
	messages chan published
	checked  []published
}

type channel struct {
	Address    string              `json:"address"`
	Parameters map[string]struct{} `json:"parameters"`
	message    description
}

// description is one of a message.
type description struct {
	Headers struct {
		Properties map[string]any `json:"properties"`
		Required   []string       `json:"required"`
	} `json:"headers"`
	Payload struct {
		Schema struct {
			Ref string `json:"$ref"` //nolint:tagliatelle // as AsyncAPI has it
		} `json:"schema"`
	} `json:"payload"`
}

const schemas = "https://enroll.example/schema/"

func newContract(t *testing.T) *contract {
	t.Helper()

	c := &contract{t: t, compiler: jsonschema.NewCompiler(), messages: make(chan published, 1000)}
	c.compiler.AssertFormat()

	for _, text := range [][]byte{schema.JobV1, schema.PayloadV1, schema.UpdateV1, schema.OutcomeV1, schema.DeadLetterV1} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)

		members, _ := document.(map[string]any)
		id, _ := members["$id"].(string)
		require.NoError(t, c.compiler.AddResource(id, document))
	}

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.AsyncAPI))
	require.NoError(t, err)
	require.NoError(t, c.compiler.AddResource(schemas+"asyncapi.json", document))

	var api struct {
		Channels   map[string]channel `json:"channels"`
		Components struct {
			Messages map[string]description `json:"messages"`
		} `json:"components"`
	}

	require.NoError(t, json.Unmarshal(schema.AsyncAPI, &api))

	c.channels = map[string]channel{}
	for name, described := range api.Channels {
		for message := range described.messages(t, name) {
			described.message = api.Components.Messages[message]
			c.channels[message] = described
		}
	}

	require.Len(t, c.channels, len(api.Components.Messages))

	return c
}

// messages are the names of those on a channel.
func (channel) messages(t *testing.T, name string) map[string]any {
	t.Helper()

	var api struct {
		Channels map[string]struct {
			Messages map[string]any `json:"messages"`
		} `json:"channels"`
	}

	require.NoError(t, json.Unmarshal(schema.AsyncAPI, &api))

	return api.Channels[name].Messages
}

func (c *contract) add(p published) { c.messages <- p }

func (c *contract) names() []string { return slices.Sorted(maps.Keys(c.channels)) }

// check holds all messages against the description, and returns how many there were of each.
func (c *contract) check() map[string]int {
	c.t.Helper()

	count := map[string]int{}

	for len(c.messages) > 0 {
		one := <-c.messages
		name := c.channelOf(one.subject)
		described := c.channels[name].message

		for header := range one.header {
			require.Contains(c.t, described.Headers.Properties, header, "header of %s", one.subject)
		}

		headers := map[string]any{}
		for header := range one.header {
			headers[header] = one.header.Get(header)
		}

		c.valid("asyncapi.json#/components/messages/"+name+"/headers", headers, one)

		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(one.raw))
		require.NoError(c.t, err)
		c.valid(described.Payload.Schema.Ref, body, one)
		requireKnownMembers(c.t, described.Payload.Schema.Ref, one.raw)

		count[name]++
		c.checked = append(c.checked, one)
	}

	return count
}

func (c *contract) valid(ref string, value any, one published) {
	c.t.Helper()

	compiled, err := c.compiler.Compile(schemas + ref)
	require.NoError(c.t, err)
	require.NoError(c.t, compiled.Validate(value), "%s on %s: %s", ref, one.subject, one.raw)
}

// channelOf is the name of the message that is on a subject.
func (c *contract) channelOf(subject string) string {
	c.t.Helper()

	for name, channel := range c.channels {
		pattern := regexp.MustCompile(`\\\{\w+\\\}`).ReplaceAllString(regexp.QuoteMeta(channel.Address), `[^.]+`)
		if regexp.MustCompile("^" + pattern + "$").MatchString(subject) {
			return name
		}
	}

	require.Fail(c.t, "a subject is on no channel", subject)

	return ""
}

func (c *contract) on(subject string) bool {
	return slices.ContainsFunc(c.checked, func(p published) bool { return p.subject == subject })
}

func (c *contract) ids() string {
	var all strings.Builder
	for _, one := range c.checked {
		all.Write(one.raw)
	}

	return all.String()
}

// requireKnownMembers finds members that are published and not described: the schemas are open, so that later versions may add
// some, but this one has to describe its own.
func requireKnownMembers(t *testing.T, ref string, body []byte) {
	t.Helper()

	texts := map[string][]byte{
		"outcome.v1.schema.json": schema.OutcomeV1, "deadletter.v1.schema.json": schema.DeadLetterV1, "job.v1.schema.json": schema.JobV1,
	}

	var (
		described struct {
			Properties map[string]struct {
				Description string `json:"description"`
			} `json:"properties"`
			Defs struct {
				Failure struct {
					Properties map[string]any `json:"properties"`
				} `json:"failure"`
			} `json:"$defs"` //nolint:tagliatelle // as JSON Schema has it
		}
		members map[string]json.RawMessage
		failure map[string]any
	)

	require.NoError(t, json.Unmarshal(texts[ref], &described))
	require.NoError(t, json.Unmarshal(body, &members))

	for name := range members {
		require.NotEmpty(t, described.Properties[name].Description, "%s in %s", name, ref)
	}

	require.NoError(t, json.Unmarshal(schema.OutcomeV1, &described))

	if members["error"] != nil {
		require.NoError(t, json.Unmarshal(members["error"], &failure))
	}

	for name := range failure {
		require.Contains(t, described.Defs.Failure.Properties, name)
	}
}

// The example and the table in docs/publishing.md are of this version.
func TestTheDocumentedOutcome(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("../../docs/publishing.md")
	require.NoError(t, err)

	_, outcomes, found := strings.Cut(string(text), "## Outcomes")
	require.True(t, found)

	_, example, found := strings.Cut(outcomes, "```json\n")
	require.True(t, found)
	example, table, _ := strings.Cut(example, "```")

	document, err := jsonschema.UnmarshalJSON(strings.NewReader(example))
	require.NoError(t, err)
	newContract(t).valid("outcome.v1.schema.json", document, published{})
	requireKnownMembers(t, "outcome.v1.schema.json", []byte(example))

	for member := range columnsOfEvents(t) {
		_, name, nested := strings.Cut(member, ".")
		if !nested {
			name = member
		}

		require.Contains(t, table, "`"+name+"`")
	}
}
