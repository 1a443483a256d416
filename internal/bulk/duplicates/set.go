package duplicates

import (
	"cmp"
	"math/bits"
	"slices"
)

// Set are the rows of a file that repeat one before them. A nil set is empty.
type Set struct {
	rows  []uint64 // a bit each
	named []repeat // some of them, by row
}

// repeat is a row and the line of the one that it repeats.
type repeat struct{ row, line int64 }

const wordBits = 64

func (s *Set) add(repeats []repeat) {
	for _, r := range repeats {
		word := int(r.row / wordBits)
		if word >= len(s.rows) {
			s.rows = append(s.rows, make([]uint64, word+1-len(s.rows))...)
		}

		s.rows[word] |= 1 << (r.row % wordBits)
	}

	s.named = append(s.named, repeats[:min(len(repeats), maxNamed-len(s.named))]...)
}

func (s *Set) sort() {
	slices.SortFunc(s.named, func(a, b repeat) int { return cmp.Compare(a.row, b.row) })
}

// Len is the number of rows in the set.
func (s *Set) Len() int64 {
	if s == nil {
		return 0
	}

	n := 0
	for _, word := range s.rows {
		n += bits.OnesCount64(word)
	}

	return int64(n)
}

// Repeats reports whether a row repeats one before it, and the line of that, 0
// when it is one of so many that this was not kept.
func (s *Set) Repeats(row int64) (line int64, repeats bool) {
	if s == nil || int(row/wordBits) >= len(s.rows) || s.rows[row/wordBits]&(1<<(row%wordBits)) == 0 {
		return 0, false
	}

	i, found := slices.BinarySearchFunc(s.named, row, func(r repeat, row int64) int { return cmp.Compare(r.row, row) })
	if !found {
		return 0, true
	}

	return s.named[i].line, true
}
