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
