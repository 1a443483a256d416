package pan_test

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"enroll.example/clicktopay/pkg/pan"
)

// What each job and each answer cost: a job has some hundred characters beside its seal, an answer up to some thousand.
func BenchmarkNumber(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := make([]byte, 9000)
	for i := range bytes {
		bytes[i] = byte(random.IntN(256))
	}

	number := pan.Unchecked(testPAN)

	for name, text := range map[string]string{
		"envelope": `{"schema":1,"id":"june.1234567","program":"gold","batch":"june","external_card_id":"4711-81","sealed":""}`,
		"seal": `{"alg":"ECDH-ES","enc":"A256GCM","epk":{"crv":"P-256","kty":"EC","x":"kdnsQeGDP2upszVFJkBBV7ZTvkDdqVz93Q-nVhIOLFI",` +
			`"y":"oNLBdcjSYu6NFeMyfrQLV0Zv4Yx3kv4VJqRMZ9HuOcs"},"kid":"intake-2026-11"}`,
		"digits":  ".1234567...4711.81..256.256.93..2.43.2026.11..11.28.05.14.40.512345.",
		"UUID":    "6d1b5a3e-2f47-4c8a-9b0e-7f3a1c5d9e82",
		"message": strings.Repeat("PAN is not eligible for the program. ", 13),
		"base64":  base64.StdEncoding.EncodeToString(bytes),
	} {
		b.Run("In "+name, func(b *testing.B) {
			for b.Loop() {
				number.In(text)
			}
		})
		b.Run("MaskIn "+name, func(b *testing.B) {
			for b.Loop() {
				number.MaskIn(text)
			}
		})
		b.Run("LargelyIn "+name, func(b *testing.B) {
			for b.Loop() {
				number.LargelyIn(text)
			}
		})
		b.Run("LooksLikeCard "+name, func(b *testing.B) {
			for b.Loop() {
				pan.LooksLikeCard(text)
			}
		})
	}
}
