package pan

import "testing"

// What is passed over without a closer look holds no number in any form.
func FuzzFewPlain(f *testing.F) {
	const number = "5204740000001002"

	for _, text := range []string{
		"june.1234567", "enroll.jobs.gold", "card 4711-81", "NTIwNDc0MDAwMDAwMTAwMg", "35:32:30:34:37:34:30:30:30", "%35%32%30%34%37%34%30",
		"5204 7400 0000 1002", "520474000000100", "[53, 50, 48, 52, 55, 52, 48, 48, 48, 48, 48, 48]", "NTIwN Dc0MD AwMDA", "５２０４７４",
	} {
		f.Add(text)
	}

	f.Fuzz(func(t *testing.T, text string) {
		if !fewPlain(text) {
			return
		}

		known := Unchecked(number).known()

		decode(plain(text), decodings, func(v view) bool {
			if d := digitsOf(v); d.hold(known) || len(d.values) >= leastKnown {
				t.Errorf("%q is passed over and has %d digits", text, len(d.values))
			}

			return true
		})
	})
}
