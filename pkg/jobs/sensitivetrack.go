package jobs

import "regexp"

// track is what stands on a magnetic stripe: number, name and expiry of track 1, or number, expiry and service code of track 2,
// as readers and chips give them.
var track = regexp.MustCompile(`(?i)b[0-9]{12,19}\^[^^]{1,30}\^[0-9]{4}|(?:^|[^0-9])[0-9]{12,19}[=d][0-9]{7,}`)

func holdsTrack(text string) bool {
	const shortest = 20

	return len(text) >= shortest && mayHoldTrack(text) && track.MatchString(text)
}

// mayHoldTrack is quick: behind a digit stands what divides the fields of a stripe.
func mayHoldTrack[T string | []byte](text T) bool {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '^', '=', 'D', 'd':
			if text[i-1] >= '0' && text[i-1] <= '9' {
				return true
			}
		}
	}

	return false
}
