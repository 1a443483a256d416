package pan

import (
	"slices"
	"unicode"
)

// widest is how many characters may stand between two groups of digits of one number.
const widest = 5

// group are digits that follow each other directly: where the view has them.
type group []int

// run are groups of digits with neither a letter nor much else between them.
type run struct {
	groups []group
	// before is the character before the run.
	before rune
}

// runsOf returns the runs of a view. barred characters end a run.
func runsOf(v view, barred []bool) []run {
	var (
		all []run
		now run
		gap int
	)

	for i, r := range v.runes {
		_, isDigit := digitOf(r)
		isBarred := barred != nil && barred[i]

		switch {
		case isDigit && !isBarred:
			if len(now.groups) == 0 {
				now.before = v.at(i - 1)
			}

			if len(now.groups) == 0 || gap > 0 {
				now.groups = append(now.groups, nil)
			}

			last := &now.groups[len(now.groups)-1]
			*last, gap = append(*last, i), 0
		case len(now.groups) == 0:
		case isBarred, unicode.IsLetter(r), r == '*', gap == widest:
			all, now, gap = append(all, now), run{}, 0
		default:
			gap++
		}
	}

	if len(now.groups) > 0 {
		all = append(all, now)
	}

	return all
}

// candidates are the digits of a run that could be a number: all of them, those of one group, and those of groups as people
// write them, of four digits and more but for the last.
func (r run) candidates() [][]int {
	var all [][]int

	for from := range r.groups {
		var digits []int

		for to := from; to < len(r.groups); to++ {
			if digits = append(digits, r.groups[to]...); len(digits) > longest+maxPadding {
				break
			}

			whole := from == 0 && to == len(r.groups)-1
			if len(digits) >= shortest && (whole || from == to || grouped(r.groups[from:to])) && !r.phone(digits, from) {
				all = append(all, slices.Clone(digits))
			}
		}
	}

	return all
}

func grouped(groups []group) bool {
	const usualGroup = 4

	for _, g := range groups {
		if len(g) < usualGroup {
			return false
		}
	}

	return true
}

// phone: a number with its calling code, as +4915112345678, is no card.
func (r run) phone(digits []int, from int) bool {
	const longestPhone = 14

	return r.before == '+' && from == 0 && len(digits) <= longestPhone
}
