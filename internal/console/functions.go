package console

import (
	"cmp"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// functions are what templates call.
func (c *Console) functions() template.FuncMap {
	return template.FuncMap{
		"num":      number,
		"stamp":    stamp,
		"clock":    func(t time.Time) string { return t.UTC().Format(time.TimeOnly) },
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"span":     span,
		"rate":     control.PerSecond,
		"took":     took,
		"text":     pan.MaskText,
		"tone":     toneOf,
		"words":    words,
		"card":     maskedCard,
		"code":     codeName,
		"job":      func(id string) string { return with("/job", "id", id) },
		"file":     func(id string) string { return with("/file", "id", id) },
		"link":     with,
		"dict":     dict,
		"timeline": timelineOf,
		"trace":    c.traceAddress,
		"advice":   c.advice,
		"listable": listable,
		"either":   func(a, b string) string { return cmp.Or(a, b) },
		"minus":    func(a, b int64) int64 { return a - b },
		"enrolled": func(p store.Progress) int64 {
			return p.ByStatus[store.StatusEnrolled] + p.ByStatus[store.StatusAlreadyEnrolled]
		},
		"counted": func(r *doctor.Report, level string) int { return r.Count(doctor.Level(level)) },
		"level":   levelTone,
	}
}

// number is a count with its thousands apart.
func number(n any) string {
	digits := fmt.Sprint(n)

	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}

	if _, err := strconv.ParseUint(digits, 10, 64); err != nil {
		return sign + digits
	}

	const group = 3
	for at := len(digits) - group; at > 0; at -= group {
		digits = digits[:at] + "," + digits[at:]
	}

	return sign + digits
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "–"
	}

	return t.UTC().Format(time.DateTime)
}

// span is a time between two, as exact as anybody wants to know.
func span(d time.Duration) string {
	const day = 24 * time.Hour

	switch d = max(d, 0); {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < day:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%d d %d h", int(d/day), int(d.Hours())%24)
	}
}

// words is a status or another name with an underscore as it is read.
func words(name any) string { return strings.ReplaceAll(fmt.Sprint(name), "_", " ") }

func codeName(reason, detail string) string {
	if detail == "" || detail == reason {
		return reason
	}

	return reason + " / " + detail
}

// maskedCard is all that is shown of a card.
func maskedCard(first6, last4 string) string {
	if first6 == "" && last4 == "" {
		return "–"
	}

	return first6 + "******" + last4
}

// levelTone is the color of a check.
func levelTone(level doctor.Level) string {
	return map[doctor.Level]string{doctor.OK: "good", doctor.Warning: "warn", doctor.Failed: "bad"}[level]
}

// toneOf is the color of a status, of a job or of an act.
func toneOf(status any) string {
	switch store.ActStatus(fmt.Sprint(status)) {
	case store.ActDone:
		return "good"
	case store.ActRefused, store.ActInterrupted:
		return "warn"
	case store.ActFailed:
		return "bad"
	case store.ActBegun:
		return "busy"
	}

	switch store.Status(fmt.Sprint(status)) {
	case store.StatusEnrolled, store.StatusAlreadyEnrolled, store.StatusUnenrolled, store.StatusUpdated, store.StatusForgotten,
		store.StatusPushed:
		return "good"
	case store.StatusRejected, store.StatusInvalid, store.StatusDead, store.StatusConflict:
		return "bad"
	case store.StatusInDoubt, store.StatusExpired:
		return "warn"
	case store.StatusInProgress, store.StatusPending, store.StatusRetrying, store.StatusSubmitted:
		return "busy"
	default:
		return "calm"
	}
}

// dict gives a part several values.
func dict(pairs ...any) map[string]any {
	all := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		all[fmt.Sprint(pairs[i])] = pairs[i+1]
	}

	return all
}
