package results

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/store"
)

// Filter selects lines. What is empty is not looked at.
type Filter struct {
	Statuses []string
	// Code is a reason, a detail, or the code of a fault.
	Code string
}

// Check names a status that no line can have, and those there are.
func (f Filter) Check() error {
	for _, status := range f.Statuses {
		if !slices.Contains(Statuses(), status) {
			return fmt.Errorf("there is no status %q; there are: %s", status, strings.Join(Statuses(), ", "))
		}
	}

	return nil
}

// Statuses are those that a line can have.
func Statuses() []string {
	return []string{
		StatusNotSent, StatusQueued,
		string(store.StatusInProgress), string(store.StatusPending), string(store.StatusRetrying),
		string(store.StatusSubmitted), string(store.StatusInDoubt),
		string(store.StatusEnrolled), string(store.StatusAlreadyEnrolled),
		string(store.StatusUnenrolled), string(store.StatusNotEnrolled),
		string(store.StatusUpdated), string(store.StatusForgotten), string(store.StatusSuperseded), string(store.StatusPushed),
		string(store.StatusRejected), string(store.StatusInvalid), string(store.StatusExpired),
		string(store.StatusConflict), string(store.StatusDead), string(store.StatusCanceled),
		string(store.StatusPurged),
	}
}

func (f Filter) passes(l Line) bool {
	return (len(f.Statuses) == 0 || slices.Contains(f.Statuses, l.Status)) &&
		(f.Code == "" || slices.ContainsFunc(l.codes, func(code string) bool { return strings.EqualFold(code, f.Code) }))
}
