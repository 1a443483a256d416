package pan

import (
	"iter"
	"unicode"
)

// digits are those of a view.
type digits struct {
	values []byte  // one behind the other
	at     []int   // where the view has each
	groups []group // of those that follow each other directly: parts of at
}

func digitsOf(v view) digits {
	most := 0 // few characters are digits: room for all of them would be most of what is allocated

	for _, r := range v.runes {
		if r > unicode.MaxASCII || '0' <= r && r <= '9' {
			most++
		}
	}

	d := digits{values: make([]byte, 0, most), at: make([]int, 0, most)}
	groups := 0

	for i, r := range v.runes {
		value, found := digitOf(r)
		if !found {
			continue
		}

		if len(d.at) == 0 || d.at[len(d.at)-1] != i-1 {
			groups++
		}

		d.values, d.at = append(d.values, value), append(d.at, i)
	}

	d.groups = make([]group, 0, groups)

	for first := 0; first < len(d.at); {
		end := first + 1
		for end < len(d.at) && d.at[end] == d.at[end-1]+1 {
			end++
		}

		d.groups = append(d.groups, group(d.at[first:end:end]))
		first = end
	}

	return d
}

// all are the groups with the values of their digits.
func (d digits) all() iter.Seq2[group, []byte] {
	return func(yield func(group, []byte) bool) {
		values := d.values

		for _, at := range d.groups {
			if !yield(at, values[:len(at)]) {
				return
			}

			values = values[len(at):]
		}
	}
}
