package service

import (
	"log/slog"
	"maps"
	"slices"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard"
)

// ratedPrograms gives the default rate to programs without one that call Mastercard's hosts, and says so. Other hosts, such as
// our sandbox, take what comes.
func ratedPrograms(baseURL string, programs map[string]enroll.Program, logger *slog.Logger) map[string]enroll.Program {
	if !mastercard.AtMastercard(baseURL) {
		return programs
	}

	rated, byClient := enroll.WithDefaultRates(programs)

	for _, client := range slices.Sorted(maps.Keys(byClient)) {
		logger.Warn("programs without a rate share a default: set rate in the programs file to what is agreed with Mastercard, or to 0",
			"src_client_id", client, "programs", slices.Sorted(slices.Values(byClient[client])), "calls_per_second", enroll.DefaultRate)
	}

	return rated
}
