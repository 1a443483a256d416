package cli

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSecondSignalEndsAtOnceAndIsSaid(t *testing.T) {
	t.Parallel()

	signals := make(chan os.Signal, 2)
	signals <- os.Interrupt

	signals <- syscall.SIGTERM

	var did []string

	attend(signals, nil, attention{
		first:  func() { did = append(did, "good order") },
		now:    secondsApart(),
		wait:   func() <-chan time.Time { return nil },
		second: func(s os.Signal) { did = append(did, endedAtOnce("worker", s), endedAtOnce("submit", s)) },
	})

	require.Equal(t, []string{
		"good order",
		"worker: ended at once by a second signal (terminated); jobs that were in flight return to the queue by themselves",
		"submit: ended at once by a second signal (terminated)",
	}, did)
}

// secondsApart is a clock that each look finds a second later.
func secondsApart() func() time.Time {
	now := time.Time{}

	return func() time.Time {
		now = now.Add(time.Second)

		return now
	}
}

// The program timeout sends a signal to its command and to the group of both.
func TestSignalThatComesTwiceAtOnceIsOne(t *testing.T) {
	t.Parallel()

	signals := make(chan os.Signal, 3)
	began := time.Now()
	looks := []time.Time{began, began.Add(sameSignal - 1), began.Add(sameSignal)}
	seconds := 0

	for range looks {
		signals <- syscall.SIGTERM
	}

	attend(signals, nil, attention{
		first: func() {},
		now: func() time.Time {
			now := looks[0]
			looks = looks[1:]

			return now
		},
		wait:   func() <-chan time.Time { return nil },
		second: func(os.Signal) { seconds++ },
	})

	require.Equal(t, 1, seconds)
	require.Empty(t, looks, "the second was left out, the third ended it")
}

// Whoever waits for a command to end has to know that it can be ended at once.
func TestCommandThatTakesLongToEndSaysHowToEndItAtOnce(t *testing.T) {
	t.Parallel()

	signals, over := make(chan os.Signal, 2), make(chan time.Time)
	close(over)

	signals <- os.Interrupt

	var said bytes.Buffer

	attend(signals, nil, attention{
		first: func() {},
		now:   secondsApart(),
		wait:  func() <-chan time.Time { return over },
		hint: func() {
			hint(&said, "submit")
			hint(&said, "worker")

			signals <- os.Interrupt
		},
		second: func(os.Signal) { said.WriteString("at once") },
	})

	require.Equal(t, "submit: ending; a second signal ends it at once\nat once", said.String())
}

func TestCommandThatEndsWaitsForNoSignal(t *testing.T) {
	t.Parallel()

	for name, given := range map[string][]os.Signal{"before the first": nil, "after the first": {os.Interrupt}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			signals, done, firsts := make(chan os.Signal, 1), make(chan struct{}), 0
			for _, s := range given {
				signals <- s
			}

			if len(given) == 0 {
				close(done)
			}

			attend(signals, done, attention{
				first: func() {
					firsts++

					close(done)
				},
				now:    secondsApart(),
				wait:   func() <-chan time.Time { return nil },
				second: func(os.Signal) { t.Error("there was no second signal") },
			})

			require.Len(t, given, firsts)
		})
	}
}

func TestExitCodeTellsWhichSignalEnded(t *testing.T) {
	t.Parallel()

	require.Equal(t, 130, signaled(os.Interrupt))
	require.Equal(t, 143, signaled(syscall.SIGTERM))
}
