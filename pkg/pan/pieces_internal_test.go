package pan

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A number is assembled where a chain of its pieces, as they are masked, lacks a digit at most.
func FuzzAssembled(f *testing.F) {
	const number = "5204740000001002"

	known := Unchecked(number).known()

	f.Add("5204 7 40000 0a0 1b0 02")
	f.Add("1: 5204, 2: 7400, 3: 0000, 4: 1002")

	random := rand.New(rand.NewPCG(1, 2))

	for range 200 {
		var text strings.Builder

		for _, digit := range number {
			if random.IntN(16) > 0 {
				text.WriteRune(digit)
			}

			if random.IntN(3) == 0 {
				text.WriteString([]string{" ", "7 ", "-12-", "x"}[random.IntN(4)])
			}
		}

		f.Add(text.String())
	}

	f.Fuzz(func(t *testing.T, text string) {
		d := digitsOf(plain(text))
		want := false

		for _, p := range d.pieces(known) {
			want = want || p.before >= len(known)-1
		}

		if have := d.assemble(known); have != want {
			t.Errorf("%q is assembled: %t, its pieces say %t", text, have, want)
		}
	})
}
