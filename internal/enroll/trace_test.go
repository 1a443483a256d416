package enroll_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/spans"
	"enroll.example/clicktopay/internal/tracing"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// traced has the publisher and the workers of a rig send their traces to a collector.
func (r *rig) traced() *parts.Collector {
	r.t.Helper()

	collector := parts.NewCollector(r.t)
	traces := tracing.Open(context.WithoutCancel(r.t.Context()), tracing.Options{
		Service: "test", Getenv: collector.Getenv, Logger: slog.New(slog.NewTextHandler(r.log, nil)),
	})
	require.NotNil(r.t, traces)
	r.t.Cleanup(func() { traces.Close(context.WithoutCancel(r.t.Context())) })

	r.config.TracerProvider = traces.Provider()
	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{TracerProvider: traces.Provider()})

	return collector
}

// ended waits for the spans of jobs that have come to their end: one with each of some statuses.
func ended(n int, status string) func(parts.Spans) bool {
	return func(all parts.Spans) bool {
		found := 0

		for _, span := range all {
			if a := parts.Attributes(span); a[string(spans.Decision)] == "acknowledged" && a[string(spans.Status)] == status {
				found++
			}
		}

		return found >= n
	}
}

func TestAJobWithARetryIsOneTrace(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	collector := r.traced()
	number := sandbox.PAN(50, 1) // fails once

	r.publish("again", number)

	events := make(chan *nats.Msg, 1)
	_, err := r.js.Conn().ChanSubscribe("enroll.outcomes.demo.enrolled", events)
	require.NoError(t, err)

	stop := r.start()
	r.outcomesOf(1)
	stop()

	all := collector.Await(t, ended(1, "enrolled"))
	published := all.Named("publish enroll.jobs.demo")
	require.Len(t, published, 1)

	tree := all.Of(published[0]).Tree(all, "http.response.status_code", "enroll.status", "enroll.attempt")
	t.Log("\n" + tree)
	require.Equal(t, strings.TrimLeft(`
publish enroll.jobs.demo (producer)
  queued enroll.jobs.demo (internal)
  process enroll.jobs.demo (consumer) status=retrying attempt=1
    wait for its turn (internal)
    claim enrollments (client) attempt=1
    POST /src/api/digital/payments/cards (client) status_code=500 error=500
    commit enrollments (client) status=retrying attempt=1
    publish enroll.retry.demo.* (producer)
  queued enroll.due.demo (internal)
  process enroll.due.demo (consumer) status=enrolled attempt=2 -> 1 process enroll.jobs.demo
    wait for its turn (internal)
    claim enrollments (client) attempt=2
    POST /src/api/digital/payments/cards (client) status_code=200
    commit enrollments (client) status=enrolled attempt=2
    publish enroll.outcomes.demo.enrolled (producer)
`, "\n"), tree)

	event := <-events
	require.Equal(t, all.Named("publish enroll.outcomes.demo.enrolled")[0].GetSpanId(),
		spanOf(t, event.Header.Get(spans.Header)), "who reads the event goes on with the trace")

	require.NotContains(t, collector.Raw(), number)
}

func spanOf(t *testing.T, traceparent string) []byte {
	t.Helper()

	of := spans.Parse(traceparent)
	require.True(t, of.IsValid(), traceparent)
	id := of.SpanID()

	return id[:]
}

// Whoever publishes, and whoever works: a trace that the sender has begun goes on, and reaches the event.
func TestATraceOfAnySenderIsTakenOver(t *testing.T) {
	t.Parallel()

	const theirs = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

	for name, on := range map[string]bool{"traces are sent": true, "nothing is traced here": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRig(t)

			var collector *parts.Collector
			if on {
				collector = r.traced()
			}

			events := make(chan *nats.Msg, 1)
			_, err := r.js.Conn().ChanSubscribe("enroll.outcomes.demo.enrolled", events)
			require.NoError(t, err)

			body, err := json.Marshal(r.seal("theirs", sandbox.PAN(0, 1)))
			require.NoError(t, err)

			msg := nats.NewMsg("enroll.jobs.demo")
			msg.Data = body
			msg.Header.Set("traceparent", theirs)
			_, err = r.js.PublishMsg(t.Context(), msg)
			require.NoError(t, err)

			stop := r.start()
			event := <-events
			stop()

			of := spans.Parse(event.Header.Get("traceparent"))
			require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", of.TraceID().String())

			if !on {
				require.Equal(t, theirs, event.Header.Get("traceparent"), "handed on as it is")
				return
			}

			all := collector.Await(t, ended(1, "enrolled"))
			require.Equal(t, spanOf(t, theirs), all.Named("process enroll.jobs.demo")[0].GetParentSpanId())
		})
	}
}

// Jobs that are sent together are each a trace of its own, which leads to what is done for all of them and back.
func TestBatchesAreLinkedToTheirJobs(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	collector := r.traced()
	r.batchLane(func(p *enroll.Program) { p.BatchRecords, p.BatchWait = 2, enroll.Duration(3*time.Second) })

	_, err := r.publisher.PublishBatch(t.Context(), []jobs.Job{r.seal("one", sandbox.PAN(0, 1)), r.seal("two", sandbox.PAN(0, 2))})
	require.NoError(t, err)

	stop := r.start()
	r.outcomesOf(2)
	stop()

	all := collector.Await(t, func(all parts.Spans) bool {
		return ended(2, "enrolled")(all) && len(all.Named("process enroll.due.demo")) > 0
	})

	require.Equal(t, "publish enroll.jobs.demo (producer) -> 2 create enroll.jobs.demo\n", all.Named("publish enroll.jobs.demo").Tree(all))

	sent := all.Of(all.Named("send batch")[0])
	require.True(t, strings.HasPrefix(sent.Tree(all), strings.TrimLeft(`
send batch (internal) -> 2 process enroll.jobs.demo
  POST /src/api/digital/payments/cards/batch (client)
  publish enroll.retry.demo.* (producer)
    process enroll.due.demo (consumer) -> 2 create enroll.jobs.demo
      GET /src/api/digital/payments/cards/batch/{batchId} (client)
`, "\n")), sent.Tree(all))

	for _, created := range all.Named("create enroll.jobs.demo") {
		drawn := all.Of(created).Tree(all)
		require.Equal(t, strings.TrimLeft(`
create enroll.jobs.demo (producer) -> 1 publish enroll.jobs.demo
  queued enroll.jobs.demo (internal)
  process enroll.jobs.demo (consumer) -> 1 send batch
    wait for its turn (internal)
    claim enrollments (client)
    commit enrollments (client)
  result of batch (internal) -> 1 process enroll.due.demo
    commit enrollments (client)
    publish enroll.outcomes.demo.enrolled (producer)
`, "\n"), drawn)
	}
}

// Neither the number of a card nor what its sender has put beside the seal by mistake leaves with a trace.
func TestNoSpanHoldsACardNumber(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	collector := r.traced()
	r.setProgram(func(p *enroll.Program) { p.CardLikeFields = []string{"id", "external_card_id"} })
	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{CardLike: []string{"id"}, TracerProvider: r.config.TracerProvider})

	own, other := sandbox.PAN(0, 1), "4111111111111111"
	numbers := []string{own, other}

	publish := func(id, number string, headers map[string]string) {
		job := r.seal("x", number)
		job.ID = id
		body, err := json.Marshal(job)
		require.NoError(t, err)

		msg := nats.NewMsg("enroll.jobs.demo")
		msg.Data = body

		for name, value := range headers {
			msg.Header.Set(name, value)
		}

		_, err = r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}

	publish("id-"+own, own, nil)
	publish("trace", own, map[string]string{"traceparent": "00-0000000000000000" + own + "-00f067aa0ba902b7-01"})
	publish("span", own, map[string]string{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-" + own + "-01"})
	publish("state", own, map[string]string{"tracestate": "card=" + own})
	r.publishRaw("enroll.jobs.demo", []byte(`{"schema": 1, "id": "`+own+`", "card": "`+own+`"}`))
	r.publishRaw("enroll.jobs."+own, []byte(`{"schema": 1}`))

	scenarios := []int{0, 1, 10, 12, 28, 50, 51, 60, 70}
	for _, scenario := range scenarios {
		number := sandbox.PAN(scenario, 7)
		numbers = append(numbers, number)
		r.publish(other+"-"+strconv.Itoa(scenario), number) // its own key, which is allowed to look like a card
	}

	const alike = 6

	stop := r.start()
	for range len(scenarios) + alike {
		r.outcome()
	}

	stop()

	collector.Await(t, func(all parts.Spans) bool {
		return len(all.Named("publish enroll.outcomes.demo.invalid")) >= 4 && ended(1, "dead")(all)
	})

	for _, number := range numbers {
		require.NotContains(t, collector.Raw(), number)
		require.NotContains(t, collector.Raw(), hexBytes(t, number))
	}

	require.Contains(t, collector.Raw(), "*********", "keys are masked")
}

// hexBytes are the bytes of an id whose hex digits are a number: on the wire, ids are bytes.
func hexBytes(t *testing.T, digits string) string {
	t.Helper()

	bytes, err := hex.DecodeString(digits)
	require.NoError(t, err)

	return string(bytes)
}
