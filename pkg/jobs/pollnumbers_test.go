package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

func TestTheNumbersOfAPollAreSealed(t *testing.T) {
	t.Parallel()

	const number = "5204740000001002"

	key, other := newKey(t), newKey(t)

	ring, err := jobs.NewKeyRing(key, other)
	require.NoError(t, err)

	poll := samplePoll(3, 10)
	poll.Jobs[0].Number = pan.Unchecked(number)
	poll.Jobs[2].Number = pan.Unchecked("5204740000001010")

	sealed, err := ring.SealNumbers(poll)
	require.NoError(t, err)

	message, err := sealed.Encode()
	require.NoError(t, err)
	require.NotContains(t, string(message.Data), number)

	// read is the poll as another worker reads it.
	read := func(body string, keys ...jobs.IntakeKey) []string {
		poll, err := jobs.DecodePoll([]byte(body))
		require.NoError(t, err)

		reader, err := jobs.NewKeyRing(keys...)
		require.NoError(t, err)
		reader.OpenNumbers(poll)

		numbers := make([]string, len(poll.Jobs))
		for i, job := range poll.Jobs {
			numbers[i] = job.Number.Reveal()
		}

		return numbers
	}

	body, none := string(message.Data), []string{"", "", ""}
	twoJobs := sealed
	twoJobs.Jobs = twoJobs.Jobs[:2]

	fewer, err := twoJobs.Encode()
	require.NoError(t, err)

	require.Equal(t, []string{number, "", "5204740000001010"}, read(body, other, key))
	require.Equal(t, none, read(body, other), "a worker without the key")
	require.Equal(t, none, read(strings.Replace(body, sealed.Numbers, "no seal", 1), key), "a broken seal")
	require.Equal(t, none[:2], read(string(fewer.Data), key), "numbers of other jobs")
}
