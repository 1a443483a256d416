package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/pkg/store"
)

// databaseTimeout bounds each statement, and connecting.
const databaseTimeout = 10 * time.Second

// A Database says where the tables are and who uses them.
type Database struct {
	URL string
	// Role is whose rights are needed.
	Role grants.Role
	// Now tells this machine's time.
	Now func() time.Time
}

// database is the area in the making.
type database struct {
	checks

	Database

	conn *pgx.Conn
}

// Check looks at the database. It writes nothing.
func (d Database) Check(ctx context.Context) []Check {
	this, disconnect, err := d.open(ctx)
	if err != nil {
		this.fail("connection", "See that Postgres runs, and check --database-url.", "%v", err)

		return this.all
	}
	defer disconnect()

	for _, check := range []func(context.Context) error{
		this.version, this.primary, this.durability, this.schema, this.rights, this.pooler, this.connections, this.clock,
		this.transactions, this.deadRows, this.partitions,
	} {
		if err := check(ctx); err != nil {
			this.fail("answer", "See Postgres' log.", "%v", err)

			return this.all
		}
	}

	return this.all
}

// Fatal returns what would keep a worker from recording what it does, nil where nothing does: a standby, rights that are missing.
// It is for the start of a worker, which has connected and looked at the schema.
func (d Database) Fatal(ctx context.Context) error {
	this, disconnect, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer disconnect()

	if err := errors.Join(this.primary(ctx), this.rights(ctx)); err != nil {
		return err
	}

	var fatal []error

	for _, check := range this.all {
		if check.Level == Failed {
			fatal = append(fatal, fmt.Errorf("the database: %s. %s", check.Found, check.Do))
		}
	}

	return errors.Join(fatal...)
}

// open connects, until the returned function is called. The area is there also when it fails.
func (d Database) open(ctx context.Context) (this *database, disconnect func(), err error) {
	this = &database{checks: checks{area: "database"}, Database: d}

	if this.conn, err = this.connect(ctx); err != nil {
		return this, nil, store.Connecting(err)
	}

	return this, func() { _ = this.conn.Close(context.WithoutCancel(ctx)) }, nil // it was only read from
}

func (d *database) connect(ctx context.Context) (*pgx.Conn, error) {
	config, err := store.ConnConfig(d.URL)
	if err != nil {
		return nil, fmt.Errorf("reading the database's address: %w", err)
	}

	config.DefaultQueryExecMode = pgx.QueryExecModeExec // works through any pooler
	config.ConnectTimeout = databaseTimeout

	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()

	return pgx.ConnectConfig(ctx, config)
}

// one reads one row.
func (d *database) one(ctx context.Context, sql string, into ...any) error {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()

	return d.conn.QueryRow(ctx, sql).Scan(into...)
}

const oldestVersion = 15

func (d *database) version(ctx context.Context) error {
	var (
		number int
		text   string
	)

	err := d.one(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_version')`, &number, &text)
	if err != nil {
		return fmt.Errorf("reading the version: %w", err)
	}

	if number/10000 < oldestVersion {
		d.fail("version", "Update the server to Postgres 15 or later.", "Postgres %s", text)
	} else {
		d.ok("version", "Postgres %s", text)
	}

	return nil
}

func (d *database) primary(ctx context.Context) error {
	var (
		standby  bool
		readOnly string
	)

	err := d.one(ctx, `SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')`, &standby, &readOnly)
	if err != nil {
		return fmt.Errorf("asking whether it is the primary: %w", err)
	}

	switch {
	case standby:
		d.fail("primary",
			"Connect to the primary; with several hosts in --database-url add target_session_attrs=read-write.",
			"this server is a standby: nothing can be written")
	case readOnly == "on":
		d.fail("primary", "Set default_transaction_read_only to off for this role or database.",
			"transactions are read only by default")
	default:
		d.ok("primary", "it takes writes")
	}

	return nil
}

func (d *database) durability(ctx context.Context) error {
	var fsync, commit, pages string

	err := d.one(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')`,
		&fsync, &commit, &pages)
	if err != nil {
		return fmt.Errorf("reading what a commit waits for: %w", err)
	}

	for _, setting := range []struct{ name, value, loses string }{
		{"fsync", fsync, "a power failure can lose or break all of it"},
		{"full_page_writes", pages, "a power failure can break pages"},
		{"synchronous_commit", commit, "a crash loses outcomes that were acknowledged"},
	} {
		if setting.value == "off" {
			d.fail(setting.name, "Set "+setting.name+" to on in postgresql.conf.", "%s is off: %s", setting.name, setting.loses)
		} else {
			d.ok(setting.name, "%s", setting.value)
		}
	}

	return nil
}

func (d *database) schema(ctx context.Context) error {
	schema, err := store.ReadSchema(ctx, d.one)

	switch {
	case err != nil:
		return err
	case schema.Err() != nil:
		d.fail("schema", sentence(schema.Advice()), "%s", schema)
	case schema.Newer():
		d.warn("schema", sentence(schema.Advice()), "%s", schema)
	default:
		d.ok("schema", "%s", schema)
	}

	return nil
}

// sentence begins an advice as the others begin.
func sentence(advice string) string {
	if advice == "" {
		return ""
	}

	return strings.ToUpper(advice[:1]) + advice[1:]
}

// rights compares what the role may do with what it needs.
func (d *database) rights(ctx context.Context) error {
	missing, user, err := d.missing(ctx)
	if err != nil {
		return err
	}

	if len(missing) > 0 {
		d.fail("rights", "Run what worker grants postgres prints, and make this login a member of "+grants.RoleName(d.Role)+".",
			"%s lacks %s", user, strings.Join(missing, "; "))
	} else {
		d.ok("rights", "%s may do all that a %s needs", user, d.Role)
	}

	return nil
}

// missing returns what the user of the connection may not do and the role needs to, as "UPDATE on enrollments", and the user. It
// is one question, as workers ask it when they start. Tables that are not there are not missing: see the schema.
func (d *database) missing(ctx context.Context) (missing []string, user string, err error) {
	const question = `SELECT current_user::text,
		array(SELECT string_agg(n.needed, ', ' ORDER BY n.at) || ' on ' || n.relation
			FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS n (relation, needed, at)
			WHERE NOT has_table_privilege(to_regclass(n.relation), n.needed)
			GROUP BY n.relation ORDER BY min(n.at))`

	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()

	var relations, rights []string

	for _, privilege := range grants.Privileges(d.Role) {
		for _, right := range privilege.Rights {
			relations, rights = append(relations, privilege.Relation), append(rights, right)
		}
	}

	if err := d.conn.QueryRow(ctx, question, relations, rights).Scan(&user, &missing); err != nil {
		return nil, "", fmt.Errorf("asking for the rights at the tables: %w", err)
	}

	return missing, user, nil
}

// pooler tells a server from what stands before it: a pooler has process numbers of its own.
func (d *database) pooler(ctx context.Context) error {
	var pid uint32
	if err := d.one(ctx, `SELECT pg_backend_pid()`, &pid); err != nil {
		return fmt.Errorf("looking for a connection pooler: %w", err)
	}

	if pid == d.conn.PgConn().PID() {
		d.ok("pooler", "none: connections go to the server")
	} else {
		d.ok("pooler", "there is one; workers prepare no statements by name behind it")
	}

	return nil
}
