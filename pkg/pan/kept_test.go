package pan_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// First six and last four of each number are kept, so a text beside them may not bring more than ten of its digits in a row.
func TestInFindsMoreThanMayBeKept(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked("5204731600014784")

	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"the first eleven":                    {"52047316000", true},
		"the first twelve in a word":          {"card520473160001x", true},
		"the first fourteen":                  {"id-52047316000147", true},
		"eleven of the middle":                {"73160001478", true},
		"all but the first":                   {"204731600014784", true},
		"the first twelve among others":       {"99520473160001999999", true},
		"the first twelve in full width":      {"５２０４７３１６０００１", true},
		"the first twelve in base64":          {"NTIwNDczMTYwMDAx", true},
		"the first twelve in hex":             {"353230343733313630303031", true},
		"ten digits":                          {"5204731600", false},
		"first six and last four":             {"520473******4784", false},
		"first eight and last four":           {"52047316****4784", false},
		"first six and last four as one":      {"5204734784", false},
		"a batch named by the bank, and rows": {"gold-52047316.00014", false},
		"another number of the bank":          {"5204731699999999", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, number.In(c.text))
			require.Equal(t, c.want, pan.NewHaystack(c.text).Holds(number))
		})
	}
}
