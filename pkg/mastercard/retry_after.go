package mastercard

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads a Retry-After header, as seconds or as a date (RFC 9110,
// section 10.2.3). It reports whether there is one that can be read. A date is of the API's
// clock, so it is compared with the answer's own Date, and with ours only where there is none.
func retryAfter(header http.Header, now time.Time, limit time.Duration) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0, false
	}

	if allDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(limit/time.Second) {
			return limit, true
		}

		return time.Duration(seconds) * time.Second, true
	}

	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}

	if said, err := http.ParseTime(header.Get("Date")); err == nil {
		now = said
	}

	return min(max(at.Sub(now), 0), limit), true
}

func allDigits(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }) < 0
}
