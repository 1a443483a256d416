package fleet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
)

// A worker was told to pause, and its word is on its way to the others while an operator ends the pause: the operator has spoken
// last. Before, the word that came after was a new pause for all.
func TestAPauseOnItsWayDoesNotUndoAnOperatorsWord(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	bucket := control.New(js)
	told, other := newWorker(t, js, "told"), newWorker(t, js, "other")

	told.stop() // so that the test says when its words go out
	told.share("gold", time.Hour)

	_, err := bucket.LiftCoolDown(t.Context(), control.Lift{Program: "gold", By: "ana"})
	require.NoError(t, err)
	require.NoError(t, told.publish(t.Context()))

	other.look()
	require.Zero(t, other.closed(), "the operator's word stands")

	there, err := bucket.CoolDowns(t.Context())
	require.NoError(t, err)
	require.Empty(t, there, "nor is it shown")

	// What the API asks for after that is a pause.
	told.look()
	told.share("gold", time.Hour)
	require.NoError(t, told.publish(t.Context()))
	other.look()
	require.NotZero(t, other.closed())
}

// A word that could not be told is not told later, when an operator has ended the pause meanwhile.
func TestAPauseThatWasEndedIsNotToldAgain(t *testing.T) {
	t.Parallel()

	js := newQueue(t)
	told := newWorker(t, js, "told")
	told.stop()

	told.share("gold", time.Hour)
	told.mu.Lock()
	untold := told.news["gold"]
	delete(told.news, "gold") // taken by publish
	told.mu.Unlock()

	_, err := control.New(js).LiftCoolDown(t.Context(), control.Lift{Program: "gold"})
	require.NoError(t, err)
	told.look()

	told.republish("gold", untold)
	require.False(t, told.untold())
}
