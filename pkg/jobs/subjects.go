package jobs

import (
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// The first two tokens of each kind of subject.
const (
	jobPrefix     = "enroll.jobs."
	retryPrefix   = "enroll.retry."
	duePrefix     = "enroll.due."
	deadPrefix    = "enroll.dead."
	outcomePrefix = "enroll.outcomes."
)

// Subject is where new jobs of a program are published.
func Subject(program string) string { return jobPrefix + program }

// RetrySubject is where the schedule of one job's next attempt is kept. There
// is one subject a job, because a schedule replaces an earlier one on the same
// subject. Dots would split the id into tokens, and an id may hold two in a
// row; the equals sign, which no id holds, stands for them.
func RetrySubject(program, id string) string {
	return retryPrefix + program + "." + token(id)
}

// token is an id as one token of a subject.
func token(id string) string { return strings.ReplaceAll(id, ".", "=") }

// DueSubject is where a scheduled retry comes out.
func DueSubject(program string) string { return duePrefix + program }

// DeadSubject is where the dead letters of one job go, so that they are found without a search: the last message on it is
// the newest. As in RetrySubject the equals sign stands for the dots of the id.
func DeadSubject(program, id string) string { return deadPrefix + program + "." + token(id) }

// OldDeadSubject is where earlier versions put the dead letters of all jobs of a program; what they have left is still read.
func OldDeadSubject(program string) string { return deadPrefix + program }

// DeadSubjects are those of all dead letters of a program, or of every program for an empty name.
func DeadSubjects(program string) []string {
	if program == "" {
		return []string{deadPrefix + ">"}
	}

	return []string{OldDeadSubject(program), deadPrefix + program + ".*"}
}

// OutcomeSubject is where the final result of a job is announced.
func OutcomeSubject(program, status string) string { return outcomePrefix + program + "." + status }

// ProgramOf returns the program of a job's subject, new or due. What a careless publisher has made of a card number is none.
func ProgramOf(subject string) (string, bool) {
	for _, prefix := range []string{jobPrefix, duePrefix} {
		if program, ok := strings.CutPrefix(subject, prefix); ok && ValidProgram(program) && !pan.LooksLikeCard(program) {
			return program, true
		}
	}

	return "", false
}
