package pace

import (
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Backoff says how long a job waits before its next attempt.
type Backoff struct {
	// Base is the pause after the first attempt, Cap the longest one; each is about twice the one before.
	Base, Cap time.Duration
}

// Delay returns the pause after the given number of attempts, 1 or more. The
// jitter is a number from 0 to 1: it spreads the pause over half to one and a
// half of its length, so that jobs which failed together do not return together.
func (b Backoff) Delay(attempts int, jitter float64) time.Duration {
	// The generator keeps state, so each answer takes a new one and counts up.
	pauses := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(b.Base),
		backoff.WithMaxInterval(b.Cap),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0),
		backoff.WithMaxElapsedTime(0),
	)

	pause := pauses.NextBackOff()
	for range attempts - 1 {
		if pause >= b.Cap {
			break
		}

		pause = pauses.NextBackOff()
	}

	return time.Duration(float64(pause) * (0.5 + jitter))
}
