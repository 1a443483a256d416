package ranges_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/ranges"
)

func TestContain(t *testing.T) {
	t.Parallel()

	known, err := ranges.New()
	require.NoError(t, err)

	for number, want := range map[string]bool{
		"5204731600014784": true, "5100000000000000": true, "5599990000000000": true, "2221000000000000": true, "2720990000000000": true,
		"5018000000000000": true, "6759000000000000": true, "5893000000000000": true,
		"2220990000000000": false, "2721000000000000": false, "4111111111111111": false, "378282246310005": false, "6011000000000000": false,
		"6250000000000000": false, "5900000000000000": false, "": false, "52": false, "52047x": false,
	} {
		require.Equal(t, want, known.Contain(number), number)
	}
}
