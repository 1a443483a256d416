package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestStatus(t *testing.T) {
	t.Parallel()

	for status, c := range map[store.Status]struct{ final, settled bool }{
		store.StatusInProgress:      {false, false},
		store.StatusPending:         {false, false},
		store.StatusRetrying:        {false, false},
		store.StatusSubmitted:       {false, false},
		store.StatusInDoubt:         {false, true},
		store.StatusEnrolled:        {true, true},
		store.StatusAlreadyEnrolled: {true, true},
		store.StatusUnenrolled:      {true, true},
		store.StatusNotEnrolled:     {true, true},
		store.StatusUpdated:         {true, true},
		store.StatusForgotten:       {true, true},
		store.StatusSuperseded:      {true, true},
		store.StatusPushed:          {true, true},
		store.StatusRejected:        {true, true},
		store.StatusInvalid:         {true, true},
		store.StatusExpired:         {true, true},
		store.StatusConflict:        {true, true},
		store.StatusDead:            {true, true},
		store.StatusCanceled:        {true, true},
		"":                          {false, false},
	} {
		require.Equal(t, c.final, status.Final(), status)
		require.Equal(t, c.settled, status.Settled(), status)
	}
}

func TestDecisionsHaveNames(t *testing.T) {
	t.Parallel()

	require.Equal(t, "begun", store.Begun.String())
	require.Equal(t, "not due", store.NotDue.String())
	require.Equal(t, "ended", store.Ended.String())
	require.Equal(t, "Decision(99)", store.Decision(99).String())
	require.Equal(t, "recorded", store.Recorded.String())
	require.Equal(t, "fenced", store.Fenced.String())
	require.Equal(t, "Finished(0)", store.Finished(0).String())
}
