package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/pkg/jobs"
)

// writeReasons prints what is wrong with how many rows, where, and what to do: a line for each column and reason, and
// the code by itself where an earlier run has counted rows.
func writeReasons(w io.Writer, byCode map[string]int64, reasons []rejects.Reason, seeInspect bool) {
	for _, code := range slices.Sorted(maps.Keys(byCode)) {
		var (
			lines   []string
			counted int64
		)

		for _, reason := range reasons {
			if reason.Code == code {
				lines = append(lines, fmt.Sprintf("  %6d  %s", reason.Rows, explained(reason)))
				counted += reason.Rows
			}
		}

		if counted < byCode[code] {
			fmt.Fprintf(w, "  %6d  %s\n", byCode[code], code)
		}

		for _, line := range lines {
			fmt.Fprintln(w, line)
		}
	}

	if seeInspect && slices.ContainsFunc(reasons, inspectHelps) {
		fmt.Fprintln(w, "How the columns are understood: submit inspect FILE")
	}
}

// inspectHelps reports whether a column may be misunderstood.
func inspectHelps(r rejects.Reason) bool {
	return r.Column != "" && r.Code == string(jobs.ReasonInvalidField)
}

// explained says "INVALID_FIELD exp_month: must be a month from 1 to 12 (lines 2, 3, 4 and more)".
func explained(r rejects.Reason) string {
	text := r.Code
	if r.Column != "" {
		text += " " + printable(r.Column)
	}

	text += ": " + r.Text

	if len(r.Lines) == 0 {
		return text
	}

	return text + " (" + whereLines(r.Rows, r.Lines) + ")"
}

// whereLines says on which lines the first of so many rows are: "lines 2, 3, 4 and more".
func whereLines(rows int64, first []int64) string {
	numbers := strings.Trim(strings.ReplaceAll(fmt.Sprint(first), " ", ", "), "[]")

	switch {
	case rows == 1:
		return "line " + numbers
	case rows > int64(len(first)):
		return "lines " + numbers + " and more"
	default:
		return "lines " + numbers
	}
}
