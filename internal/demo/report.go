package demo

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/sandbox/authserver"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func (p *parts) rejects() string { return filepath.Join(p.dir, "rejects.csv") }

// describe says what is running.
func (p *parts) describe(w io.Writer) {
	fmt.Fprintf(w, "  Postgres  embedded, %s\n", p.postgres.Addr())
	fmt.Fprintf(w, "  NATS      embedded, JetStream on file, every message synced\n")
	fmt.Fprintf(w, "  sandbox   %s\n", p.baseURL())
	fmt.Fprintf(w, "  worker    up to %d calls at once\n", inFlight)
}

// report prints what became of every row, next to what the sandbox says it did.
func (p *parts) report(ctx context.Context, o Options, summary bulk.Summary) error {
	codes, err := p.store.BatchCodes(ctx, batch)
	if err != nil {
		return err
	}

	fmt.Fprintln(o.Out)

	row := func(count int64, status, code string) {
		fmt.Fprintln(o.Out, strings.TrimRight(fmt.Sprintf("%6d  %-16s  %s", count, status, code), " "))
	}

	total := summary.Rejected

	for _, code := range codes {
		row(code.Count, string(code.Status), codeName(code))
		total += code.Count
	}

	for _, reason := range slices.Sorted(maps.Keys(summary.ByCode)) {
		row(summary.ByCode[reason], "not sent", reason)
	}

	fmt.Fprintf(o.Out, "%6d  of %d rows\n", total, summary.RowsRead)

	ledger := p.sandbox.Ledger().Totals()
	fmt.Fprintf(o.Out, "\nThe sandbox counted %d calls and enrolled %d cards, %d of them twice because an answer was lost.\n",
		ledger.Calls, ledger.Cards, ledger.Repeated)

	p.point(o, summary)

	return nil
}

func codeName(code store.CodeCount) string {
	switch {
	case code.Detail == "", code.Detail == code.Reason:
		return code.Reason
	default:
		return code.Reason + "/" + code.Detail
	}
}

// point says where to look further.
func (p *parts) point(o Options, summary bulk.Summary) {
	fmt.Fprintf(o.Out, "\nTo look further")

	if !o.Keep {
		fmt.Fprintf(o.Out, " (run the demo with --keep: it then stays up and prints the addresses)")
	}

	fmt.Fprintln(o.Out, ":\n"+
		"  SELECT status, reason, detail, count FROM outcome_codes ORDER BY count DESC;\n"+
		"  SELECT batch_id, rows_read, rows_rejected, enrolled, rejected, dead FROM batch_progress;\n"+
		"  SELECT job_id, status, error_reason, error_detail, error_message, attempts\n"+
		"    FROM enrollments WHERE status NOT IN ('enrolled', 'already_enrolled', 'unenrolled');\n"+
		"  SELECT job_id, attempt, verdict, http_status, error_reason, started_at, finished_at\n"+
		"    FROM attempts WHERE verdict <> 'enrolled' ORDER BY job_id, attempt;")

	fmt.Fprintf(o.Out, "\nKept in %s: postgres/ nats/ keys/ worker.log", p.dir)

	if summary.RejectsPath != "" {
		fmt.Fprintf(o.Out, " %s", filepath.Base(summary.RejectsPath))
	}

	fmt.Fprintln(o.Out, "\nThe next demo starts anew.")
}

// invite prints the addresses of what stays up, and the settings by which all commands find it.
func (p *parts) invite(w io.Writer, auth mastercard.Scheme, console invitation) error {
	variables, err := p.keys.Environment()
	if err != nil {
		return err
	}

	fmt.Fprintf(w, "\nStaying up until Ctrl-C.\n")
	fmt.Fprintf(w, "  console %s, user %s, password %s\n", console.url, consoleUser, console.password)
	fmt.Fprintf(w, "  psql '%s'\n", p.postgres.URL(database))

	for _, variable := range append(p.addresses(auth), variables...) {
		if !strings.HasPrefix(variable.Name, "ENROLL_SANDBOX_") && (variable.Name != mastercardURL || variable.Value == p.baseURL()) {
			fmt.Fprintln(w, "  "+variable.Export())
		}
	}

	fmt.Fprintf(w, "  go run ./cmd/worker doctor\n")
	fmt.Fprintf(w, "  go run ./cmd/submit FILE.csv --program demo --batch b2\n")

	return nil
}

const mastercardURL = "ENROLL_MASTERCARD_URL"

// addresses are the settings that name what this demo has started.
func (p *parts) addresses(auth mastercard.Scheme) []devkeys.Variable {
	addresses := []devkeys.Variable{
		{Name: "ENROLL_NATS_URL", Value: p.nats.URL()},
		{Name: "ENROLL_DATABASE_URL", Value: p.postgres.URL(database)},
		{Name: mastercardURL, Value: p.baseURL()},
	}
	if auth == mastercard.OAuth2 {
		addresses = append(addresses, devkeys.Variable{Name: "ENROLL_AUTH", Value: string(auth)},
			devkeys.Variable{Name: "ENROLL_OAUTH2_SCOPES", Value: authserver.DefaultScope})
	}

	return addresses
}

// baseURL is where the sandbox of this demo serves the API.
func (p *parts) baseURL() string { return "http://" + p.address + sandbox.BasePath }
