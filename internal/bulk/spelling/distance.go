package spelling

// Distance counts the letters to change, add or leave out between two words; two that changed places count as one.
func Distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}

	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1

		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}

			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}

		before, last = last, row
	}

	return last[len(b)]
}

// Nearest returns the candidate that is the fewest mistakes away from a name, the first of several, or "" when none is at most
// so many away.
func Nearest(name string, candidates []string, most int) string {
	best, least := "", most+1

	for _, candidate := range candidates {
		if d := Distance(name, candidate); d < least {
			best, least = candidate, d
		}
	}

	return best
}
