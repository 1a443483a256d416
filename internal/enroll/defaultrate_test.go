package enroll_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
)

func TestDefaultRates(t *testing.T) {
	t.Parallel()

	const (
		first  = `"service_id":"SRC","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293"`
		second = `"service_id":"SRC","src_client_id":"00000000-0f2e-4d7a-9c41-5e8f60718293"`
	)

	programs, err := enroll.ParsePrograms([]byte(`{"programs":[{"name":"none",` + first + `},{"name":"no-limit","rate":0,` + first +
		`},{"name":"own","rate":25,` + first + `},{"name":"null","rate":null,` + first + `},{"name":"other",` + second + `}]}`))
	require.NoError(t, err)

	rated, byClient := enroll.WithDefaultRates(programs)

	for name, want := range map[string]struct {
		rate  float64
		share string
	}{
		"none":     {10, "client.b3a5c1de-0f2e-4d7a-9c41-5e8f60718293"},
		"null":     {10, "client.b3a5c1de-0f2e-4d7a-9c41-5e8f60718293"},
		"other":    {10, "client.00000000-0f2e-4d7a-9c41-5e8f60718293"},
		"no-limit": {0, ""},
		"own":      {25, ""},
	} {
		require.InDelta(t, want.rate, rated[name].Rate, 0, name)
		require.Equal(t, want.share, rated[name].RateShare, name)
	}

	require.Zero(t, programs["none"].Rate, "the argument stays as it is")
	require.ElementsMatch(t, []string{"none", "null"}, byClient["b3a5c1de-0f2e-4d7a-9c41-5e8f60718293"])
	require.Equal(t, []string{"other"}, byClient["00000000-0f2e-4d7a-9c41-5e8f60718293"])
}
