package store

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// column is one field of all rows, as unnest takes them.
func column[T, V any](rows []T, field func(T) V) []V {
	values := make([]V, len(rows))
	for i, row := range rows {
		values[i] = field(row)
	}

	return values
}

// pointers are to the rows: each of their fields is taken by itself, and they are large.
func pointers[T any](rows []T) []*T {
	all := make([]*T, len(rows))
	for i := range rows {
		all[i] = &rows[i]
	}

	return all
}

// nullableTexts is a column of texts, of which the empty one is null; also one of which none is empty, as it allocates less.
func nullableTexts[T any](rows []T, field func(T) string) textColumn { return column(rows, field) }

// nullableTimes is a column of times, of which the zero one is null.
func nullableTimes[T any](rows []T, field func(T) time.Time) timeColumn { return column(rows, field) }

// Slices of zeronull's types, of which there are fifty in the rows of a job, pgx reads by reflection, with two allocations for
// each value. These it reads as they are: the columns are arrays to it (pgtype.ArrayGetter), and what is empty in them is null
// (pgtype.TextValuer, pgtype.TimestamptzValuer).
type (
	textColumn []string
	timeColumn []time.Time

	nullableText string
	nullableTime time.Time
)

func (c textColumn) Dimensions() []pgtype.ArrayDimension { return dimension(len(c)) }
func (c textColumn) Index(i int) any                     { return (*nullableText)(&c[i]) }
func (c textColumn) IndexType() any                      { return (*nullableText)(nil) }

func (t *nullableText) TextValue() (pgtype.Text, error) {
	return pgtype.Text{String: string(*t), Valid: *t != ""}, nil
}

func (c timeColumn) Dimensions() []pgtype.ArrayDimension { return dimension(len(c)) }
func (c timeColumn) Index(i int) any                     { return (*nullableTime)(&c[i]) }
func (c timeColumn) IndexType() any                      { return (*nullableTime)(nil) }

func (t *nullableTime) TimestamptzValue() (pgtype.Timestamptz, error) {
	at := time.Time(*t)

	return pgtype.Timestamptz{Time: at, Valid: !at.IsZero()}, nil
}

func dimension(length int) []pgtype.ArrayDimension {
	return []pgtype.ArrayDimension{{Length: int32(length), LowerBound: 1}} //nolint:gosec // no statement has 2^31 rows
}
