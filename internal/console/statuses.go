package console

import (
	"slices"

	"enroll.example/clicktopay/pkg/store"
)

// statusGroup are statuses that belong together, under the name of that.
type statusGroup struct {
	Name     string
	Statuses []store.Status
}

// anyEnded stands for all statuses of jobs that have ended.
const anyEnded = "ended"

// statusGroups are all statuses of jobs that are in the tables.
func statusGroups() []statusGroup {
	return []statusGroup{
		{"Failed", []store.Status{
			store.StatusRejected, store.StatusDead, store.StatusInvalid, store.StatusConflict, store.StatusExpired, store.StatusCanceled,
		}},
		{"Done", []store.Status{
			store.StatusEnrolled, store.StatusAlreadyEnrolled, store.StatusUnenrolled, store.StatusNotEnrolled, store.StatusUpdated,
			store.StatusForgotten, store.StatusSuperseded, store.StatusPushed,
		}},
		{"Not ended", []store.Status{
			store.StatusInProgress, store.StatusRetrying, store.StatusPending, store.StatusSubmitted, store.StatusInDoubt,
		}},
	}
}

// statusesOf are those that a word stands for; nothing: those of jobs that failed. None for a word that stands for nothing.
func statusesOf(word string) []store.Status {
	groups := statusGroups()

	switch status := store.Status(word); {
	case word == "":
		return groups[0].Statuses
	case word == anyEnded:
		return slices.Concat(groups[0].Statuses, groups[1].Statuses)
	case listable(status):
		return []store.Status{status}
	default:
		return nil
	}
}

// listable reports whether jobs can be listed by a status.
func listable(status store.Status) bool {
	return slices.ContainsFunc(statusGroups(), func(g statusGroup) bool { return slices.Contains(g.Statuses, status) })
}

// listTitle says what is listed, and in which order.
func listTitle(word string) string {
	order := "the latest first"

	switch store.Status(word) {
	case "":
		return "Jobs that failed, " + order
	case anyEnded:
		return "Jobs that have ended, " + order
	case store.StatusRetrying, store.StatusSubmitted:
		order = "the next that is due first"
	case store.StatusInProgress:
		order = "the first lease to end first"
	case store.StatusPending, store.StatusInDoubt:
		order = "the longest waiting first"
	default:
	}

	return "Jobs: " + words(word) + ", " + order
}
