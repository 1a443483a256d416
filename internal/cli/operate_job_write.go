package cli

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/inquiry"
)

// writeJob shows one job.
func writeJob(w io.Writer, job inquiry.Job) {
	fmt.Fprintf(w, "%s: %s\n", printable(job.ID), strings.Join(present(string(job.Status), printable(job.Code())), ", "))

	for _, line := range [][2]string{
		{"program", job.Program},
		{"batch", job.Batch},
		{"operation", job.Operation},
		{"card", strings.Join(present(job.PAN, job.ExternalCardID), ", ")},
		{"consumer", job.ExternalConsumerID},
		{"field", job.Field},
		{"message", job.Message},
		{"card id", job.SrcDigitalCardID},
		{"token reference", job.TokenUniqueReference},
		{"correlation id", job.SrcCorrelationID},
		{"trace", job.TraceID},
	} {
		if line[1] != "" {
			fmt.Fprintf(w, "  %s %s\n", line[0], printable(line[1]))
		}
	}

	writeTimeline(w, job)
	fmt.Fprintf(w, "where: %s\n", printable(job.Where.String()))
	fmt.Fprintf(w, "what to do: %s\n", printable(job.WhatToDo))
}

// writeTimeline says what happened when.
func writeTimeline(w io.Writer, job inquiry.Job) {
	switch {
	case !job.PublishedAt.IsZero():
		fmt.Fprintf(w, "  %s  published\n", moment(job.PublishedAt))
	case !job.FirstSeenAt.IsZero():
		fmt.Fprintf(w, "  %-24s  published: the row does not say when\n", "-")
	}

	if !job.FirstSeenAt.IsZero() {
		fmt.Fprintf(w, "  %s  seen by a worker\n", moment(job.FirstSeenAt))
	}

	redriven := job.RedrivenAt

	for _, attempt := range job.Timeline {
		if !redriven.IsZero() && redriven.Before(attempt.StartedAt) {
			writeRedriven(w, job)

			redriven = time.Time{}
		}

		fmt.Fprintf(w, "  %s  attempt %d at %s: %s\n",
			moment(attempt.StartedAt), attempt.Number, printable(OrDash(attempt.Worker)), ended(attempt))
	}

	if !redriven.IsZero() {
		writeRedriven(w, job)
	}

	if !job.CompletedAt.IsZero() {
		fmt.Fprintf(w, "  %s  %s\n", moment(job.CompletedAt), job.Status)
	}

	if event := job.Event; event != nil && event.At.IsZero() {
		fmt.Fprintf(w, "  %-24s  %s\n", "-", printable(event.String()))
	} else if event != nil {
		fmt.Fprintf(w, "  %s  %s\n", moment(event.At), event)
	}
}

func writeRedriven(w io.Writer, job inquiry.Job) {
	fmt.Fprintf(w, "  %s  sent again by an operator", moment(job.RedrivenAt))

	if job.Redriven > 1 {
		fmt.Fprintf(w, ", %d times by now", job.Redriven)
	}

	fmt.Fprintln(w)
}

// ended says what an attempt came to, and how long it took.
func ended(a inquiry.Attempt) string {
	took := (time.Duration(a.Milliseconds) * time.Millisecond).String()
	if a.Verdict == "" {
		return "no result for " + took
	}

	parts := present(a.Verdict, printable(a.Code()))
	if a.HTTPStatus != 0 && a.HTTPStatus != http.StatusOK {
		parts = append(parts, fmt.Sprintf("HTTP %d", a.HTTPStatus))
	}

	if a.Late {
		parts = append(parts, "too late")
	}

	return strings.Join(append(parts, took), ", ")
}

// present are the texts that are not empty.
func present(texts ...string) (there []string) {
	for _, text := range texts {
		if text != "" {
			there = append(there, text)
		}
	}

	return there
}

// moment is a time in a timeline, in which the order within a second counts.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") }
