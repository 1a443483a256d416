package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// view is one that operators read.
type view struct {
	name  string
	since int64  // the first version of the schema that has what it reads
	sql   string // the statement that makes it, or replaces one whose columns it keeps
}

// parseViews returns the views of a text such as migrations.Views, in its order.
func parseViews(text string) ([]view, error) {
	marks := regexp.MustCompile(`(?m)^-- \+view (\w+) since (\d{1,9})\n`).FindAllStringSubmatchIndex(text, -1)
	if len(marks) != strings.Count(text, "\n-- +view") {
		return nil, errors.New("the views: a mark is not of the form: -- +view NAME since VERSION")
	}

	views := make([]view, 0, len(marks))

	for i, at := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}

		since, err := strconv.ParseInt(text[at[4]:at[5]], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the views: %w", err)
		}

		views = append(views, view{name: text[at[2]:at[3]], since: since, sql: strings.TrimSpace(text[at[1]:end])})
	}

	return views, nil
}

// comment tells the views that this statement made.
func (v view) comment() string {
	return fmt.Sprintf("made by worker migrate, definition %.8x", sha256.Sum256([]byte(v.sql)))
}

// databaseViews are the views of a database while its schema is changed.
type databaseViews struct {
	db     *sql.DB
	views  []view
	rights map[string]string // by view: statements that give its owner and readers what they had before the change
}

// openViews reads who may read the views, before any of them is dropped.
func openViews(ctx context.Context, db *sql.DB, views []view) (*databaseViews, error) {
	v := &databaseViews{db: db, views: views}

	var rights []byte

	err := db.QueryRowContext(ctx, viewRightsSQL, names(views)).Scan(&rights)
	if err == nil {
		err = json.Unmarshal(rights, &v.rights)
	}

	if err != nil {
		return nil, fmt.Errorf("reading the rights of the views: %w", err)
	}

	return v, nil
}

// dropFrom drops the views that the versions before this one cannot have.
func (v *databaseViews) dropFrom(ctx context.Context, version int64) error {
	misfits := slices.DeleteFunc(slices.Clone(v.views), func(v view) bool { return v.since < version })

	if len(misfits) == 0 {
		return nil
	}

	return v.run(ctx, dropSQL(misfits))
}

// fit makes the views that a schema of this version can have. Those that are there as they should be stay untouched, unless
// all are to be made again, so that nobody who reads one is waited for.
func (v *databaseViews) fit(ctx context.Context, version int64, again bool) error {
	const invalidTableDefinition = "42P16"

	fitting := slices.DeleteFunc(slices.Clone(v.views), func(v view) bool { return v.since > version })
	if len(fitting) == 0 {
		return nil
	}

	if !again {
		made, err := v.made(ctx, fitting)
		if err != nil || made {
			return err
		}
	}

	// A view that is replaced keeps its owner, its rights, and the views of others that read it. Postgres replaces none
	// that loses a column.
	err := v.run(ctx, v.createSQL(fitting))
	if sqlstate(err) == invalidTableDefinition {
		err = v.run(ctx, dropSQL(fitting)+v.createSQL(fitting))
	}

	if err != nil {
		return fmt.Errorf("making the views: %w", err)
	}

	return nil
}

// made reports whether all the views are there as they should be.
func (v *databaseViews) made(ctx context.Context, views []view) (bool, error) {
	var (
		n        int
		comments = make([]string, 0, len(views))
	)

	for _, v := range views {
		comments = append(comments, v.comment())
	}

	err := v.db.QueryRowContext(ctx, `
		SELECT count(*) FROM unnest($1::text[], $2::text[]) AS v (name, comment)
		JOIN pg_class c ON c.relname = v.name AND c.relkind = 'v' AND c.relnamespace = current_schema()::regnamespace
		WHERE obj_description(c.oid, 'pg_class') = v.comment`, names(views), comments).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("looking at the views: %w", err)
	}

	return n == len(views), nil
}

// run carries statements out in a transaction, which waits for those who read a view no longer than workers are patient.
func (v *databaseViews) run(ctx context.Context, statements string) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}

	if _, err := tx.ExecContext(ctx, "SET LOCAL lock_timeout = '3s';\n"+statements); err != nil {
		return errors.Join(err, tx.Rollback())
	}

	return tx.Commit()
}

func (v *databaseViews) createSQL(views []view) string {
	var all strings.Builder

	for _, view := range views {
		fmt.Fprintf(&all, "%s\nCOMMENT ON VIEW %s IS '%s';\n%s\n", view.sql, view.name, view.comment(), v.rights[view.name])
	}

	return all.String()
}

// dropSQL drops views at once, so that none is kept by another of them.
func dropSQL(views []view) string {
	return "DROP VIEW IF EXISTS " + strings.Join(names(views), ", ") + ";\n"
}

func names(views []view) []string {
	all := make([]string, 0, len(views))
	for _, v := range views {
		all = append(all, v.name)
	}

	return all
}

// viewRightsSQL makes statements of the owner of each view, and of the rights that others have on it and on its columns.
const viewRightsSQL = `
SELECT coalesce(json_object_agg(c.relname, concat(
	format('ALTER VIEW %I OWNER TO %I;', c.relname, pg_get_userbyid(c.relowner)), r.grants)), '{}')
FROM pg_class c
CROSS JOIN LATERAL (
	SELECT string_agg(format(' GRANT %s%s ON %I TO %s%s;', x.privilege_type, ' (' || quote_ident(x.attname) || ')', c.relname,
		CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END,
		CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' END), NULL) AS grants
	FROM (
		SELECT NULL AS attname, v.* FROM aclexplode(c.relacl) AS v
		UNION ALL
		SELECT a.attname, v.* FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) AS v WHERE a.attrelid = c.oid
	) AS x
	WHERE x.grantee <> c.relowner
) AS r
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' AND c.relname = ANY ($1)`
