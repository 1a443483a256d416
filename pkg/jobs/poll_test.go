package jobs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func samplePoll(n, size int) jobs.Poll {
	p := jobs.Poll{Program: "acme", APIBatch: "b/1 ü", SubmittedAt: time.Unix(1, 0).UTC(), Polls: 2, FlowID: "f", Part: "x"}
	for range n {
		p.Jobs = append(p.Jobs, jobs.SubmittedJob{
			Attempt: 1, Charged: 1, StartedAt: time.Unix(2, 3000).UTC(), Traceparent: "00-t",
			Message: json.RawMessage(`{"id":"` + strings.Repeat("a", size) + `"}`),
		})
	}

	return p
}

func TestAPollIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()

	want := samplePoll(3, 10)

	message, err := want.Encode()
	require.NoError(t, err)
	require.True(t, jobs.IsPoll(message.Header))
	require.Equal(t, jobs.PollSubject("acme", "b/1 ü", "x"), message.Subject)
	require.Equal(t, 4, strings.Count(message.Subject, "."))

	have, err := jobs.DecodePoll(message.Data)
	require.NoError(t, err)

	want.Schema = jobs.SchemaVersion
	require.Equal(t, want, have)
}

func TestAPollIsSplitWhereItIsTooLarge(t *testing.T) {
	t.Parallel()

	const most = 20 << 10

	whole := samplePoll(100, 1000)
	parts := whole.Split(most)
	require.Greater(t, len(parts), 4)
	require.Less(t, len(parts), 8)

	var all []jobs.SubmittedJob

	subjects := map[string]bool{}

	for _, part := range parts {
		message, err := part.Encode()
		require.NoError(t, err)
		require.LessOrEqual(t, len(message.Data), most)

		subjects[message.Subject] = true
		all = append(all, part.Jobs...)
	}

	require.Equal(t, whole.Jobs, all)
	require.Len(t, subjects, len(parts))

	// One that is too large by itself is a part of its own.
	require.Len(t, samplePoll(2, most).Split(most), 2)
}

func TestABrokenPollIsNamed(t *testing.T) {
	t.Parallel()

	message, err := samplePoll(1, 3).Encode()
	require.NoError(t, err)

	body := string(message.Data)
	before, _, _ := strings.Cut(body, `"jobs"`)

	for name, c := range map[string]struct{ body, want string }{
		"no JSON":               {"x", "not the JSON"},
		"something behind it":   {body + "{}", "follows"},
		"another schema":        {strings.Replace(body, `"schema":1`, `"schema":7`, 1), "schema is 7"},
		"no program":            {strings.Replace(body, `"acme"`, `""`, 1), "program"},
		"no batch":              {strings.Replace(body, `"b/1 ü"`, `""`, 1), "api_batch"},
		"no jobs":               {before + `"jobs":[]}`, "0 entries"},
		"a job without attempt": {strings.Replace(body, `"attempt":1`, `"attempt":0`, 1), "entry 1"},
	} {
		_, err := jobs.DecodePoll([]byte(c.body))
		require.ErrorContains(t, err, c.want, name)
	}
}

func FuzzDecodePoll(f *testing.F) {
	message, err := samplePoll(2, 3).Encode()
	require.NoError(f, err)
	f.Add(message.Data)

	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := jobs.DecodePoll(body)
		if err != nil {
			return
		}

		for _, part := range p.Split(1 << 16) {
			if message, err := part.Encode(); err == nil {
				_, err = jobs.DecodePoll(message.Data)
				require.NoError(t, err)
			}
		}
	})
}
