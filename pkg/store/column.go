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

// texts is a column of texts, of which the empty one is null.
func texts[T any](rows []T, field func(T) string) textColumn { return column(rows, field) }

// times is a column of times, of which the zero one is null.
func times[T any](rows []T, field func(T) time.Time) timeColumn { return column(rows, field) }

// What pgx has for such columns, slices of zeronull's types, it reads by reflection, with two allocations for each value. There
// are fifty in the rows of a job.
type (
	textColumn []string
	timeColumn []time.Time

	nullableText string
	nullableTime time.Time
)

// These make an array of the columns for pgx (pgtype.ArrayGetter), and null of the empty value (pgtype.TextValuer,
// pgtype.TimestamptzValuer).

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
	return []pgtype.ArrayDimension{{Length: int32(length), LowerBound: 1}} //nolint:gosec // rows of a flush, some hundred
}
