package jobs_test

import (
	"testing"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// What it costs to look for a job's own number in what stands beside its seal.
func BenchmarkFindNumber(b *testing.B) {
	texts := append(jobs.Job{
		ID: "june.1234567", Program: "gold", Batch: "june-2026", ExternalConsumerID: "cust-0012345", ExternalCardID: "4711-81-2",
	}.Besides(),
		jobs.Beside{Field: "header Nats-Msg-Id", Text: "Nats-Msg-Id june.1234567"},
		jobs.Beside{Field: "header traceparent", Text: "traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		jobs.Beside{Field: "subject", Text: "enroll.jobs.gold"})
	numbers := []pan.Number{pan.Unchecked("5204740000001002")}

	b.ReportAllocs()

	for b.Loop() {
		if jobs.FindNumber(numbers, texts) != nil {
			b.Fatal("found")
		}
	}
}
