package jobs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestReminder(t *testing.T) {
	t.Parallel()

	message, err := jobs.Reminder{Program: "gold", ID: "a.b"}.Encode()
	require.NoError(t, err)
	require.Equal(t, "enroll.retry.gold.a=b~", message.Subject)
	require.True(t, jobs.IsReminder(message.Header))
	require.False(t, jobs.IsPoll(message.Header))

	read, err := jobs.DecodeReminder(message.Data)
	require.NoError(t, err)
	require.Equal(t, jobs.Reminder{Schema: jobs.SchemaVersion, Program: "gold", ID: "a.b"}, read)

	// A worker that does not know reminders hands it back as a question for a batch that it cannot read.
	message.Header.Del("Enroll-Reminder")
	require.True(t, jobs.IsPoll(message.Header))
	_, err = jobs.DecodePoll(message.Data)
	require.Error(t, err)
}

func TestABrokenReminderIsRefused(t *testing.T) {
	t.Parallel()

	for name, body := range map[string]string{
		"not JSON":         `{"schema":1,`,
		"another schema":   `{"schema":2,"program":"gold","id":"a"}`,
		"no program":       `{"schema":1,"id":"a"}`,
		"a wrong program":  `{"schema":1,"program":"*","id":"a"}`,
		"no id":            `{"schema":1,"program":"gold"}`,
		"what is no id":    `{"schema":1,"program":"gold","id":"a>b"}`,
		"another type":     `[1]`,
		"nothing":          ``,
		"more than one":    `{"schema":1,"program":"gold","id":"a"} {}`,
		"an id of a place": `{"schema":1,"program":"gold","id":"~ENROLL_JOBS.1"}`,
	} {
		_, err := jobs.DecodeReminder([]byte(body))
		require.Error(t, err, name)
	}
}

func FuzzDecodeReminder(f *testing.F) {
	f.Add([]byte(`{"schema":1,"program":"gold","id":"a"}`))
	f.Add([]byte(`{"schema":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		read, err := jobs.DecodeReminder(body)
		if err == nil && (!jobs.ValidProgram(read.Program) || !jobs.ValidID(read.ID)) {
			t.Fatalf("%+v was taken", read)
		}
	})
}
