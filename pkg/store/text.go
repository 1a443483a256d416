package store

import (
	"strings"
	"unicode/utf8"

	"enroll.example/clicktopay/pkg/pan"
)

// Longest texts kept, in characters. All of them fit an index entry, and are
// more than the API's own limits.
const (
	maxName    = 255 // ids, programs, batches, fields
	maxCode    = 128 // sources, reasons, details, workers
	maxMessage = 2000
)

// sanitize makes s fit for a text column: at most limit characters, valid UTF-8, no
// NUL, which Postgres refuses. It changes what it has to and never fails, so
// that one odd answer cannot keep a job from getting its row.
func sanitize(s string, limit int) string { return cut(valid(s), limit) }

// sanitizeExternal is sanitize for what came from outside: whatever could be a PAN is masked,
// before the cut, which could otherwise leave most of one, and after it, as the
// beginning of a long run of digits can look like one.
func sanitizeExternal(s string, limit int) string {
	const longestRun = 64 // a PAN with a separator after each digit, and more

	s = valid(s)
	// No more is looked at than can survive the cut, so that a huge text costs little.
	if most := utf8.UTFMax*limit + longestRun; len(s) > most {
		s = s[:most]
	}

	return pan.MaskText(cut(pan.MaskText(s), limit))
}

func valid(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// cut keeps the first limit characters.
func cut(s string, limit int) string {
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}

	return s
}
