package service

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard"
)

func TestProgramsWithoutARateGetOneAtMastercardAlone(t *testing.T) {
	t.Parallel()

	for address, limited := range map[string]bool{
		mastercard.Sandbox: true, mastercard.Production: true, mastercard.SandboxIndia: true, mastercard.ProductionIndia: true,
		"https://API.Mastercard.com./x": true, "https://mtf.api.mastercard.com/x": true,
		"http://127.0.0.1:8181/x": false, "http://[::1]:8181/x": false, "http://localhost/x": false, "https://sandbox:8181": false,
		"https://api.mastercard.com.bank.example": false, "https://notmastercard.com": false,
		"https://proxy.example/?api.mastercard.com": false,
	} {
		var log bytes.Buffer

		programs := map[string]enroll.Program{
			"a": {Name: "a", SrcClientID: "c", Unrated: true}, "b": {Name: "b", SrcClientID: "c", Unrated: true},
			"own": {Name: "own", Rate: 5},
		}
		rated := ratedPrograms(address, programs, slog.New(slog.NewTextHandler(&log, nil)))

		require.InDelta(t, 5, rated["own"].Rate, 0)

		if !limited {
			require.Equal(t, programs, rated, address)
			require.Empty(t, log.String(), address)

			continue
		}

		require.InDelta(t, enroll.DefaultRate, rated["a"].Rate, 0, address)
		require.Equal(t, rated["a"].RateShare, rated["b"].RateShare, address)
		require.Contains(t, log.String(), `src_client_id=c programs="[a b]" calls_per_second=10`, address)
	}
}
