package age_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/age"
)

func TestAgesAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]time.Duration{
		"90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "504h": 21 * 24 * time.Hour,
		"1d": 24 * time.Hour, "21d": 504 * time.Hour, "3w": 504 * time.Hour, "106751d": 106751 * 24 * time.Hour,
	} {
		got, err := age.Parse(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestWhatIsNoAgeIsRefused(t *testing.T) {
	t.Parallel()

	for _, text := range []string{
		"", "d", "21", "0d", "0s", "-1d", "-2h", "+1d", "1.5d", "1d12h", "yesterday", "106752d", "99999999999d", "15251w",
	} {
		_, err := age.Parse(text)
		require.ErrorContains(t, err, "is no age such as 90m, 24h or 21d", text)
	}
}
