package bulk

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// JobID returns the id of the job of a row, the first row below the header being
// 1: "<batch>.<row>", or where that is longer than an id may be, "<hash>.<row>"
// with the SHA-256 of the batch in base64url. The same file submitted again as
// the same batch so gives the same ids, and nothing is enrolled twice.
//
// A row whose id could pass for a card number, as that of row 123456 of batch
// 51-2026-11-23, has an "r" before its number.
func JobID(batch string, row int64) string {
	number := strconv.FormatInt(row, 10)

	for _, id := range []string{batch + "." + number, batch + ".r" + number} {
		if fit(id) {
			return id
		}
	}

	hash := sha256.Sum256([]byte(batch))
	short := base64.RawURLEncoding.EncodeToString(hash[:])

	if id := short + "." + number; fit(id) {
		return id
	}

	return short + ".r" + number
}

func fit(id string) bool { return jobs.ValidID(id) && !pan.LooksLikeCard(id) }
