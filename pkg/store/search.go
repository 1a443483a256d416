package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Table is a table as SearchTable reads it.
type Table struct {
	Name    string
	Columns []string // that can hold a text

	pages int64
}

// What can hold a text is asked of the catalog and not listed here: a proof that nothing is left must not miss the table or the
// column that comes with a later version. A partitioned table is as long as its longest partition.
const tablesSQL = `
SELECT c.relname::text,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (t.typcategory = 'S' OR t.typname IN ('json', 'jsonb'))),
       greatest(pg_relation_size(c.oid), (SELECT max(pg_relation_size(p.relid)) FROM pg_partition_tree(c.oid) p))
           / current_setting('block_size')::bigint
FROM pg_class c
WHERE c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'enrollments'::regclass)
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname`

// Tables returns the tables of the schema that can hold a text.
func (s *Store) Tables(ctx context.Context) ([]Table, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	var all []Table

	err := s.db.forEach(ctx, tablesSQL, nil, func(row pgx.Rows) error {
		var t Table

		err := row.Scan(&t.Name, &t.Columns, &t.pages)
		if len(t.Columns) > 0 {
			all = append(all, t)
		}

		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}

	return all, nil
}

// searchPages is how many pages of a table a statement reads.
const searchPages = 2048

// SearchTable counts, by column, the rows of a table that hold any of some texts as a word: between what is no letter or digit.
// It reads the whole table, some pages at a time, each in a transaction of its own, and tells how many of how many it has read.
func (s *Store) SearchTable(
	ctx context.Context, t Table, texts []string, told func(done, total int64),
) (map[string]int64, error) {
	found := map[string]int64{}
	sql, pattern := t.search(), wordPattern(texts)

	for first := int64(0); first < t.pages; first += searchPages {
		counts, err := s.searchPage(ctx, sql, []any{texts, pattern, first, first + searchPages}, len(t.Columns))
		if err != nil {
			return nil, fmt.Errorf("searching table %s: %w", t.Name, err)
		}

		for i, n := range counts {
			if n > 0 {
				found[t.Columns[i]] += n
			}
		}

		told(min(first+searchPages, t.pages), t.pages)
	}

	return found, nil
}

func (s *Store) searchPage(ctx context.Context, sql string, args []any, columns int) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()

	counts := make([]int64, columns)

	into := make([]any, columns)
	for i := range counts {
		into[i] = &counts[i]
	}

	return counts, s.db.queryRow(ctx, sql, args, into...)
}

// search is the statement: a cheap look at each row, and a close one at those that may hold a text.
func (t Table) search() string {
	var counts, columns []string

	for _, column := range t.Columns {
		name := pgx.Identifier{column}.Sanitize() + "::text"
		counts = append(counts, fmt.Sprintf("count(*) FILTER (WHERE %s ~ $2)", name))
		columns = append(columns, name)
	}

	return fmt.Sprintf(`
SELECT %s FROM %s
WHERE ctid >= format('(%%s,0)', $3::bigint)::tid AND ctid < format('(%%s,0)', $4::bigint)::tid
  AND EXISTS (SELECT FROM unnest($1::text[]) AS q (text) WHERE strpos(concat_ws(' ', %s), q.text) > 0)`,
		strings.Join(counts, ", "), pgx.Identifier{t.Name}.Sanitize(), strings.Join(columns, ", "))
}

// wordPattern matches any of the texts as a word, as a regular expression of Postgres.
func wordPattern(texts []string) string {
	var b strings.Builder

	b.WriteString("(^|[^[:alnum:]])(")

	for i, text := range texts {
		if i > 0 {
			b.WriteByte('|')
		}

		for _, c := range text {
			if c < 0x80 && !(c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
				b.WriteByte('\\')
			}

			b.WriteRune(c)
		}
	}

	b.WriteString(")([^[:alnum:]]|$)")

	return b.String()
}
