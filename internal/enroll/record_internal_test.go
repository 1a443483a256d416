package enroll

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// An answer to an attempt that has no row, as after somebody deleted it, is not repeated, and its text is not to blame. Before, it
// was written without its text and then again and again for a minute.
func TestAnAnswerToAnAttemptThatIsNotThereIsNotRepeated(t *testing.T) {
	t.Parallel()

	ledger, err := store.Open(t.Context(), stacktest.Database(t), store.Options{})
	require.NoError(t, err)
	t.Cleanup(ledger.Close)

	var log bytes.Buffer

	w := &Worker{ledger: ledger, config: Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Jitter: func() float64 { return 0 }}}
	began := time.Now()

	_, err = w.record(t.Context(), store.FinishRequest{
		JobID: "nobody", Attempt: 1, StartedAt: time.Now(), Verdict: "rejected", Status: store.StatusRejected,
		Failure: store.Failure{Source: "service", Reason: "INVALID_PAN", Message: "the card is not one"},
	})
	require.ErrorIs(t, err, store.ErrNotBegun)
	require.Less(t, time.Since(began), commitPatience/2)
	require.NotContains(t, log.String(), "refuses")
}
