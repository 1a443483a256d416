package jobs

import "fmt"

// NotPrepared is the error of a queue that lacks what a worker makes when it starts, such as "stream ENROLL_JOBS".
func NotPrepared(what string) error {
	return fmt.Errorf("the queue has no %s: start a worker first, which makes it (worker run)", what)
}
