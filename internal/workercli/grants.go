package workercli

import (
	"context"
	"fmt"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// Grants is worker grants.
type Grants struct {
	Postgres GrantsPostgres `cmd:""             help:"Print the SQL that makes the roles of Postgres and gives them their rights."`
	NATS     GrantsNATS     `cmd:"" name:"nats" help:"Print the users of the queue and what each may do, for the server's configuration file."`
}

// GrantsPostgres is worker grants postgres.
type GrantsPostgres struct {
	Schema    string `default:"public" help:"Schema of the tables."`
	RolesOnly bool   `                 help:"Print the first part alone, for before the first worker migrate up."`
}

// Run prints the statements. They are the same whatever has been run of them before.
func (c *GrantsPostgres) Run(_ context.Context, streams cli.Streams) error {
	if c.Schema == "" || len(c.Schema) > 63 || pan.LooksLikeCard(c.Schema) {
		return settings.Faults(settings.About("schema", fmt.Errorf("%.70q must be 1 to 63 bytes, and no card number", c.Schema)))
	}

	script := grants.Script(c.Schema)
	if c.RolesOnly {
		script = grants.SetUp(c.Schema)
	}

	_, err := fmt.Fprint(streams.Out, script)

	return err
}

// GrantsNATS is worker grants nats.
type GrantsNATS struct {
	Program []string `placeholder:"NAME" help:"Programs that upstream systems publish for, separated by commas: a user for each."`
}

// Run prints the users.
func (c *GrantsNATS) Run(_ context.Context, streams cli.Streams) error {
	for _, program := range c.Program {
		if !jobs.ValidProgram(program) || pan.LooksLikeCard(program) {
			return settings.Faults(settings.About("program",
				fmt.Errorf("%.40q %s, and no card number", program, jobs.ProgramRule)))
		}
	}

	_, err := fmt.Fprint(streams.Out, grants.Conf(c.Program))

	return err
}
