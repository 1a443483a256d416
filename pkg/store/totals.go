package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ProgramTotal is how many jobs of a program stand at a status.
type ProgramTotal struct {
	Program string
	Status  Status
	Count   int64
}

const programTotalsSQL = `
SELECT program, status, sum(count)::bigint FROM program_counts GROUP BY program, status HAVING sum(count) <> 0
ORDER BY program, status`

// ProgramTotals counts the jobs of each program by status, from the rollup.
func (s *Store) ProgramTotals(ctx context.Context) ([]ProgramTotal, error) {
	all, err := list(ctx, s, programTotalsSQL, nil, func(row pgx.Rows, one *ProgramTotal) error {
		return row.Scan(&one.Program, &one.Status, &one.Count)
	})
	if err != nil {
		return nil, fmt.Errorf("counting the jobs of programs: %w", err)
	}

	return all, nil
}
