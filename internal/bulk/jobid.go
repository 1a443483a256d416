package bulk

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"enroll.example/clicktopay/pkg/jobs"
)

// JobID returns the id of the job of a row, the first row below the header being
// 1: "<batch>.<row>", or where that is longer than an id may be, "<hash>.<row>"
// with the SHA-256 of the batch in base64url. The same file submitted again as
// the same batch so gives the same ids, and nothing is enrolled twice.
//
// The two are joined by a dot because a hyphen may be part of a card number:
// batch 51-2026-11-23 and a row of six digits can look like one.
func JobID(batch string, row int64) string {
	number := "." + strconv.FormatInt(row, 10)
	if id := batch + number; jobs.ValidID(id) {
		return id
	}

	hash := sha256.Sum256([]byte(batch))

	return base64.RawURLEncoding.EncodeToString(hash[:]) + number
}
