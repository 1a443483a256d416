package enroll

import (
	"context"

	"enroll.example/clicktopay/pkg/jobs"
)

// unpaused is where nobody pauses anything.
type unpaused struct{}

func (unpaused) Wait(context.Context) error { return nil }
func (unpaused) Paused(string) bool         { return false }

// paused reports whether a job that came by a subject is to wait. One whose
// program cannot be read waits only while everything does.
func (w *Worker) paused(subject string) bool {
	program, _ := jobs.ProgramOf(subject)

	return w.config.Pauses.Paused(program)
}
