package enroll_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

// An API that repeats the number, in whatever form, does not bring it into tables, events, letters or the log.
func TestANumberThatTheAPIRepeats(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	number := sandbox.PAN(38, 1)
	r.publish("repeated", number)

	stop := r.start()
	outcome := r.outcome()
	stop()
	r.drained()

	require.Equal(t, string(store.StatusRejected), outcome.Status)
	require.Contains(t, outcome.Error.Message, "ineligible")
	require.Contains(t, outcome.Error.Message, "****", "the number is masked, and the text is kept")
	require.Contains(t, outcome.Error.Message, "The PAN of *** is ineligible", "as is who has the card")
	r.requireNowhere(number)
}
