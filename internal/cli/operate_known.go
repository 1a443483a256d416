package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/control"
)

// unknownProgram says what is to be said of a name that no living worker has among its programs, so that it may be mistyped;
// empty where one has it, or where that cannot be told.
func unknownProgram(ctx context.Context, bucket *control.Bucket, program string) string {
	workers, err := bucket.Present(ctx)
	if err != nil {
		return ""
	}

	known := livingPrograms(workers)

	switch {
	case slices.Contains(known, program):
		return ""
	case len(known) == 0:
		return "no worker is running, so whether there is a program " + program + " is not known"
	}

	return fmt.Sprintf("no worker that is running has a program %s%s; they have: %s",
		program, meantName(program, known), strings.Join(known, ", "))
}
