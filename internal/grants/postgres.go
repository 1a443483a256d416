package grants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A Privilege is what a role may do with one table or view.
type Privilege struct {
	Relation string
	Rights   []string // SELECT, INSERT and so on
}

const (
	sel = "SELECT"
	ins = "INSERT"
	upd = "UPDATE"
	del = "DELETE"
)

// Privileges returns what a role needs of tables and views. Migrate owns them all, and needs none.
func Privileges(role Role) []Privilege {
	switch role {
	case Worker:
		return []Privilege{
			{"enrollments", []string{sel, ins, upd}},
			{"attempts", []string{sel, ins, upd}},
			{"api_batches", []string{sel, ins, upd}},
			{"batches", []string{sel}},
			{"batch_counts", []string{sel, ins, upd, del}},
			{"program_counts", []string{sel, ins, upd}},
			{"batch_lines", []string{sel}},
			{"operator_acts", []string{sel, ins}},
			{"operator_act_ends", []string{sel, ins}},
			{"purged_jobs", []string{sel}},
			{"hourly_outcomes", []string{sel, ins, upd, del}}, // what a clock that was ahead has counted is counted anew
			{"daily_outcomes", []string{sel, ins, upd, del}},
			{"minutely_outcomes", []string{sel, ins, upd, del}},
			{"rolled_up", []string{sel, upd}},
			{versions, []string{sel}},
			{support, []string{sel}},
		}
	case Submit:
		return readingTheRest([]Privilege{
			{"batches", []string{sel, ins, upd}},
			{"batch_rejects", []string{sel, ins, del}},
			{"batch_lines", []string{sel, ins, del}},
		})
	case Operator:
		return readingTheRest([]Privilege{
			{"enrollments", []string{sel, ins, upd}},
			{"attempts", []string{sel, ins, upd}},
			{"batches", []string{sel, ins, upd}}, // a batch of messages has a row once it is canceled
			{"batch_counts", []string{sel, ins, upd, del}},
			{"program_counts", []string{sel, ins, upd}},
			{"operator_acts", []string{sel, ins}}, // what was done is added to, and never changed
			{"operator_act_ends", []string{sel, ins}},
		})
	case Console:
		return readingTheRest([]Privilege{
			{"operator_acts", []string{sel, ins}}, // who tried what is kept, too
			{"operator_act_ends", []string{sel, ins}},
		})
	case Purge:
		return readingTheRest([]Privilege{
			{"enrollments", []string{sel, upd, del}}, // a row is locked before it is deleted, which takes the right to update
			{"attempts", []string{sel, del}},
			{"batch_counts", []string{sel, ins, upd, del}},
			{"program_counts", []string{sel, ins, upd}},
			{"purged_jobs", []string{sel, ins}},
			{"batch_lines", []string{sel, del}},
			{"batch_rejects", []string{sel, del}},
			{"api_batches", []string{sel, del}},
			{"operator_acts", []string{sel, ins}},
			{"operator_act_ends", []string{sel, ins}},
		})
	default:
		return nil
	}
}

const (
	// versions is where the migrations that were run are kept.
	versions = "goose_db_version"
	// support says with which programs they work.
	support = "schema_support"
)

// readingTheRest adds SELECT of every table and view that is not among the privileges.
func readingTheRest(all []Privilege) []Privilege {
	for _, relation := range []string{
		"enrollments", "attempts", "api_batches", "batches", "batch_counts", "program_counts", "batch_lines", "batch_rejects",
		"operator_acts", "operator_act_ends", "acts", "purged_jobs", versions, support,
		"outcome_codes", "batch_progress", "unfinished",
		"hourly_outcomes", "daily_outcomes", "minutely_outcomes", "rolled_up", "outcomes_by_hour", "outcomes_by_minute",
		"api_batches_open",
	} {
		if !slices.ContainsFunc(all, func(p Privilege) bool { return p.Relation == relation }) {
			all = append(all, Privilege{relation, []string{sel}})
		}
	}

	return all
}

// RoleName is the name of a role at Postgres.
func RoleName(role Role) string { return "enroll_" + string(role) }

// Script returns all statements for a schema, with what to know about them.
func Script(schema string) string {
	migrate := quoted(RoleName(Migrate))

	return `-- Roles of the Click to Pay enrollment queue, without a login. Make your logins members of them, such as:
--   CREATE ROLE worker_1 LOGIN PASSWORD '...' IN ROLE ` + quoted(RoleName(Worker)) + `;
-- The login that runs worker migrate becomes the role, so that this owns the tables:
--   CREATE ROLE migrator LOGIN PASSWORD '...' IN ROLE ` + migrate + `;
--   ALTER ROLE migrator SET role TO ` + migrate + `;
-- Tables that another role has made are handed over by:
--   REASSIGN OWNED BY that_role TO ` + migrate + `;

-- 1. Once, before the first worker migrate up: as a role that may create roles, in the database of the queue.
` + SetUp(schema) + `
-- 2. After each worker migrate up: as the owner of the tables.
` + Rights(schema)
}

// Rights returns the statements that give the roles their rights. They may be run again, and have to be after each migration.
func Rights(schema string) string {
	var s strings.Builder

	for _, role := range Roles() {
		for _, p := range Privileges(role) {
			fmt.Fprintf(&s, "GRANT %s ON %s TO %s;\n", strings.Join(p.Rights, ", "), quoted(schema, p.Relation), quoted(RoleName(role)))
		}
	}

	partitions := quoted(schema, "attempts_ensure_partition") + "(timestamptz)" // it runs with the rights of its owner

	fmt.Fprintf(&s, "REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;\n", partitions)

	for _, role := range []Role{Worker, Submit, Operator, Console, Purge} {
		fmt.Fprintf(&s, "GRANT EXECUTE ON FUNCTION %s TO %s;\n", partitions, quoted(RoleName(role)))
	}

	drop := quoted(schema, "attempts_drop_partition") + "(timestamptz, text[])"

	fmt.Fprintf(&s, "REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC;\n", drop)
	fmt.Fprintf(&s, "GRANT EXECUTE ON FUNCTION %s TO %s;\n", drop, quoted(RoleName(Purge)))

	return s.String()
}

// SetUp returns the statements that make the schema and the roles, for before the first migration. They may be run again.
func SetUp(schema string) string {
	var s strings.Builder

	fmt.Fprintf(&s, "CREATE SCHEMA IF NOT EXISTS %s;\nREVOKE CREATE ON SCHEMA %s FROM PUBLIC;\n", quoted(schema), quoted(schema))

	for _, role := range Roles() {
		name := RoleName(role)
		fmt.Fprintf(&s, "DO $$ BEGIN CREATE ROLE %s NOLOGIN; "+
			"EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n", quoted(name))

		rights := "USAGE"
		if role == Migrate {
			rights = "USAGE, CREATE"
		}

		fmt.Fprintf(&s, "GRANT %s ON SCHEMA %s TO %s;\n", rights, quoted(schema), quoted(name))
	}

	return s.String()
}

func quoted(parts ...string) string { return pgx.Identifier(parts).Sanitize() }
