package store_test

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/pkg/store"
)

// A settled job has its outcome, or waits for an operator; only a final one is announced.
func ExampleStatus() {
	for _, status := range []store.Status{store.StatusEnrolled, store.StatusDead, store.StatusInDoubt, store.StatusRetrying} {
		fmt.Println(status, status.Settled(), status.Final())
	}
	// Output:
	// enrolled true true
	// dead true true
	// in_doubt true false
	// retrying false false
}

// A database that is away is asked again; a request that is wrong stays wrong.
func ExampleRetryable() {
	fmt.Println(store.Retryable(context.DeadlineExceeded), store.Retryable(store.ErrRequest))
	// Output:
	// true false
}

// An address says where it leads to. Without a host the driver would take one of its own choice.
func ExampleCheckURL() {
	fmt.Println(store.CheckURL("postgres://enroll@db.example:5432/enroll"))
	fmt.Println(store.CheckURL("jdbc:postgresql://db.example/enroll"))
	// Output:
	// <nil>
	// parsing the database URL: it is neither a URL nor a list of keywords; encode what is special in a password
}
