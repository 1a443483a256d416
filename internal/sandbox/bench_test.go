package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"enroll.example/clicktopay/internal/sandbox"
)

// BenchmarkEnroll is what a card costs the sandbox, so that a test of the worker's speed knows how
// much of the machine its counterpart takes. Signing and sealing are not counted.
func BenchmarkEnroll(b *testing.B) {
	f := prepare(b)
	f.url = "http://sandbox.example"

	for serial := 0; b.Loop(); serial++ {
		b.StopTimer()

		number := sandbox.PAN(0, serial%sandbox.MaxSerial)
		r := asReceived(f.build(b, request{body: f.enrollment(b, cardOf(number))}))
		recorder := httptest.NewRecorder()

		b.StartTimer()
		f.sandbox.ServeHTTP(recorder, r)

		if recorder.Code != http.StatusOK {
			b.Fatal(recorder.Body.String())
		}
	}
}
