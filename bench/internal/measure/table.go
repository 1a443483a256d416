package measure

import (
	"fmt"
	"io"
	"strings"
)

// Table is what was measured.
type Table struct {
	order []kind
	of    map[kind][]used
	raw   []float64 // µs a job, once a round
}

func newTable() Table { return Table{of: make(map[kind][]used)} }

func (t *Table) add(k kind, u used) {
	if _, known := t.of[k]; !known {
		t.order = append(t.order, k)
	}

	t.of[k] = append(t.of[k], u)
}

// Write writes the medians as a table in Markdown.
func (t *Table) Write(w io.Writer) error {
	var text strings.Builder

	raw := median(t.raw)

	fmt.Fprintf(&text, "Raw cryptography of a job: %.0f µs\n\n", raw)
	text.WriteString("| contender | in flight | sync | jobs/s (least to most) | worker µs (ratio to raw) | NATS µs | Postgres µs |" +
		" peak MB |\n")
	text.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")

	for _, k := range t.order {
		m := medianOf(t.of[k])
		least, most := t.rates(k)

		fmt.Fprintf(&text, "| %s | %d | %s | %.0f (%.0f to %.0f) | %.0f (%.2f) | %.0f | %.0f | %.0f |\n",
			k.contender, k.inFlight, k.sync, m.rate, least, most, m.worker, m.worker/raw, m.nats, m.postgres, m.memory)
	}

	_, err := io.WriteString(w, text.String())

	return err
}

func (t *Table) rates(k kind) (least, most float64) {
	least = t.of[k][0].rate
	for _, u := range t.of[k] {
		least, most = min(least, u.rate), max(most, u.rate)
	}

	return least, most
}
