package pan

import (
	"bytes"
	"slices"
)

const (
	// leastPiece is the length of a group of digits that counts as a piece of a number wherever it stands. A shorter one counts
	// beside another piece only.
	leastPiece = 3
	// farthest is how many characters may stand between two pieces.
	farthest = 64
	// mostPieces bounds how many groups before a piece are looked at.
	mostPieces = 24
)

// piece is a group of digits that the number holds as well.
type piece struct {
	at    group
	group int // which group of the text it is
	start int // where the number holds it
	// before and behind are the most digits of pieces that follow each other as in the number, up to this one and from it.
	before, behind int
}

func (p piece) end() int { return p.start + len(p.at) }

// pieces are the groups of digits that the number holds, with how much of it they make together: a number of which
// only the middle is masked, or with other digits between its groups, as in "1: 5204, 2: 7399".
func (d digits) pieces(known []byte) []piece {
	all := d.matches(known)

	for i := range all {
		all[i].before += len(all[i].at)

		for j := i - 1; j >= 0 && j >= i-mostPieces; j-- {
			if follows(all[j], all[i]) {
				all[i].before = max(all[i].before, all[j].before+len(all[i].at))
			}
		}
	}

	for i := len(all) - 1; i >= 0; i-- {
		all[i].behind += len(all[i].at)

		for j := i + 1; j < len(all) && j <= i+mostPieces; j++ {
			if follows(all[i], all[j]) {
				all[i].behind = max(all[i].behind, all[j].behind+len(all[i].at))
			}
		}
	}

	return all
}

// matches are the groups that the number holds, with each place where it does.
func (d digits) matches(known []byte) []piece {
	var (
		all   = make([]piece, 0, len(d.groups))
		group int
	)

	for at, values := range d.all() {
		for start := 0; start+len(at) <= len(known); start++ {
			if known[start] == values[0] && bytes.Equal(known[start:start+len(at)], values) {
				all = append(all, piece{at: at, group: group, start: start})
			}
		}

		group++
	}

	return all
}

func follows(a, b piece) bool {
	long := len(a.at) >= leastPiece && len(b.at) >= leastPiece

	return b.start >= a.end() && b.group > a.group && (long || b.group == a.group+1) &&
		b.at[0]-a.at[len(a.at)-1] <= farthest
}

// assemble reports whether the pieces make the number, or all of it but a digit.
func (d digits) assemble(known []byte) bool {
	all := d.matches(known)

	var useful []int // those that end a chain which lacks a digit at most of what it should hold by there

	for i := range all {
		p := &all[i]

		for _, j := range slices.Backward(useful) {
			if j < i-mostPieces {
				break
			}

			if follows(all[j], *p) {
				p.before = max(p.before, all[j].before)
			}
		}

		if p.before < p.start-1 {
			continue
		}

		if p.before += len(p.at); p.before >= len(known)-1 {
			return true
		}

		useful = append(useful, i)
	}

	return false
}

// markPieces marks the bytes of the pieces that show more of the number than may be shown.
func (d digits) markPieces(v view, known []byte, marked []bool) (found bool) {
	for _, p := range d.pieces(known) {
		if p.before+p.behind-len(p.at) < leastKnown {
			continue
		}

		for j := range min(len(p.at), max(0, len(known)-4-p.start)) {
			place := p.at[j]
			fill(marked[v.from[place]:v.to[place]])

			found = true
		}
	}

	return found
}
