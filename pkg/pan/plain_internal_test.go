package pan

import (
	"math/rand/v2"
	"strings"
	"testing"
)

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

// What is said, without a closer look, to lack a number has it in no form.
func FuzzSurelyLacks(f *testing.F) {
	const number = "5204740000001002"

	for _, text := range []string{
		"june.1234567", "NTIwNDc0MDAwMDAwMTAwMg", "x NTIw NDc0MDAwMDAwMTAwMg==", "35:32:30:34:37:34:30:30:30:30:30:30:31:30:30:32",
		"0x35, 0x32, 0x30, 0x34, 0x37, 0x34, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30", "00x350x32", "a0x3 5203 47*40000001002", "353230343734303030303030",
		"[53, 50, 48, 52, 55, 52, 48, 48, 48, 48, 48, 48, 49]", "1: 5204, 2: 7400, 3: 0000, 4: 1002", "5204 7 4 0 0 0 0 0 0 1 0 0 2",
		"6d1b5a3e-2f47-4c8a-9b0e-7f3a1c5d9e82", "5 2 0 4 7 4 0 0 0 0 0", "520474000a000100b2", "52047400000", `{"crv":"P-256","x":"kdnsQeGDP2"}`,
		"524.0000.474", "a52.04.7400.x.000.100b", "NTIw\nNDc0\tMDAwMDAwMTAwMg",
	} {
		f.Add(text)
	}

	random := rand.New(rand.NewPCG(1, 2))

	for range 300 { // pieces of the number among others
		var text strings.Builder

		for range 4 + random.IntN(12) {
			from := random.IntN(len(number))
			text.WriteString(number[from:min(len(number), from+1+random.IntN(6))])
			text.WriteString([]string{" ", "-", "x", "0x", ", ", "a", "*", "7", ""}[random.IntN(9)])
		}

		f.Add(text.String())
	}

	f.Fuzz(func(t *testing.T, text string) {
		requireLacking(t, text, number)
		requireLacking(t, text, "5312480967431850") // without a digit twice in a row
	})
}

func requireLacking(t *testing.T, text, number string) {
	t.Helper()

	known := Unchecked(number).known()

	if surelyLacks(text, known, len(known)-1) {
		decode(plain(text), decodings, func(v view) bool {
			if digitsOf(v).hold(known) {
				t.Errorf("%q is passed over and holds the number", text)
			}

			return true
		})
	}

	if _, found := markKnown(text, known, false); found && surelyLacks(text, known, leastKnown) {
		t.Errorf("%q is passed over and holds much of the number", text)
	}
}

// What stands beside the seals of jobs takes no closer look.
func TestOrdinaryTextsAreQuick(t *testing.T) { //nolint:paralleltest // allocations are counted
	known := Unchecked("5204740000001002").known()

	for _, text := range []string{
		`{"schema":1,"id":"june.1234567","program":"gold","batch":"june","external_card_id":"4711-81","sealed":""}`,
		`{"alg":"ECDH-ES","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":"kdnsQeGDP2upszVFJkBBV7ZTvkDdqVz93Q-nVhIOLFI",` +
			`"y":"oNLBdcjSYu6NFeMyfrQLV0Zv4Yx3kv4VJqRMZ9HuOcs"},"kid":"intake-2026-11"}`,
		"6d1b5a3e-2f47-4c8a-9b0e-7f3a1c5d9e82",
		"traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	} {
		for _, least := range []int{leastKnown, len(known) - 1} {
			if !surelyLacks(text, known, least) {
				t.Errorf("%q takes a closer look", text)
			}
		}

		if took := testing.AllocsPerRun(10, func() { surelyLacks(text, known, leastKnown) }); took != 0 {
			t.Errorf("%q takes %v allocations", text, took)
		}
	}
}
