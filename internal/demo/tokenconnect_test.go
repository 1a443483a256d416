package demo_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// requirePushed publishes a job that pushes, as an upstream system would to a demo that stays up.
func requirePushed(t *testing.T, text string) {
	t.Helper()

	setting := func(name string) string {
		found := regexp.MustCompile(`export ` + name + `='?([^'\n]+)'?`).FindStringSubmatch(text)
		require.Len(t, found, 2, "%s in %s", name, text)

		return found[1]
	}

	key, err := jobs.LoadIntakePublicKey(setting("ENROLL_INTAKE_KEY_FILE"))
	require.NoError(t, err)
	sealer, err := jobs.NewSealer(key, nil)
	require.NoError(t, err)

	nc, err := nats.Connect(setting("ENROLL_NATS_URL"))
	require.NoError(t, err)
	t.Cleanup(nc.Close)

	js, err := jetstream.New(nc)
	require.NoError(t, err)

	events, err := nc.SubscribeSync(jobs.OutcomeSubject("demo", "*"))
	require.NoError(t, err)

	job, err := sealer.Seal(jobs.Job{ID: "push-1", Program: "demo", Operation: jobs.Push}, parts.Payload(sandbox.PAN(0, 4711)))
	require.NoError(t, err)
	_, err = jobs.NewPublisher(js, jobs.PublisherOptions{}).Publish(t.Context(), job)
	require.NoError(t, err)

	event, err := events.NextMsg(time.Minute)
	require.NoError(t, err)

	var outcome jobs.Outcome
	require.NoError(t, json.Unmarshal(event.Data, &outcome))
	require.Equal(t, "push-1", outcome.ID)
	require.Equal(t, "enrolled", outcome.Status, "%+v", outcome)
}
