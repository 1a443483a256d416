package columns

import (
	"strings"

	"enroll.example/clicktopay/internal/bulk/spelling"
)

// nearest returns the known column that a name was most likely meant to be, or
// "". Besides the columns' own names it knows those of the API, of which files
// made by programmers are full.
func nearest(name string, known []Column) string {
	name = spelling.Fold(name)
	best, least := "", len(name)/2+1 // more than half of it changed is another word

	for _, c := range known {
		member := c.member[strings.LastIndexByte(c.member, '.')+1:]

		for _, candidate := range []string{c.Name, member} {
			if distance := spelling.Distance(name, spelling.Fold(candidate)); distance < least {
				best, least = c.Name, distance
			}
		}
	}

	return best
}
