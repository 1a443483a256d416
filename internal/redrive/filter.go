package redrive

import (
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Filter selects dead letters. What is left empty is not looked at.
type Filter struct {
	// Statuses are those of the letter, and those that the job may still be at: dead,
	// invalid, in_doubt. Empty stands for the first two: a job in doubt may have been
	// processed, so to send it again has to be asked for.
	Statuses []store.Status
	// Code is the reason or the detail of the failure.
	Code string
	// Batch and Program are the job's.
	Batch, Program string
	// MaxAge is how old letters may be, by the clock of the queue, which has dated them; zero for any age.
	MaxAge time.Duration
	// JobID is of one job, whose letter is looked up instead of searched for.
	JobID string
}

// since is the time before which letters are not looked at, zero for none, when the queue's clock says now.
func (f Filter) since(now time.Time) time.Time {
	if f.MaxAge <= 0 {
		return time.Time{}
	}

	return now.Add(-f.MaxAge)
}

func (f Filter) passes(letter jobs.DeadLetter) bool {
	// Earlier versions kept letters of jobs with a security code, which no worker takes and nobody may copy.
	if letter.Error.Reason == string(jobs.ReasonSecurityCode) {
		return false
	}

	// It would end the next processes as well: whoever sends it again has to name it.
	if letter.Error.Reason == string(jobs.ReasonWorkerCrash) && !f.has(letter.Error.Reason) && f.JobID == "" {
		return false
	}

	return slices.Contains(f.Statuses, store.Status(letter.Status)) &&
		(f.Code == "" || f.has(letter.Error.Reason) || f.has(letter.Error.Detail)) &&
		(f.Batch == "" || f.Batch == letter.Job.Batch)
}

// has reports whether a code is the one that is asked for, in whatever case that was written.
func (f Filter) has(code string) bool { return code != "" && strings.EqualFold(code, f.Code) }
