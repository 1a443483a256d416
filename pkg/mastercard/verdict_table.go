package mastercard

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"enroll.example/clicktopay/internal/formula"
	"enroll.example/clicktopay/internal/keyfile"
)

// maxVerdictsBytes is the size of a table file beyond which it is no such thing.
const maxVerdictsBytes = 1 << 20

//go:embed verdicts.csv
var builtInVerdicts []byte

// VerdictColumns are the columns of a table file, in their order.
func VerdictColumns() []string {
	return []string{
		"operation", "status", "source", "reason", "detail", "field", "recoverable", "retry_after",
		"verdict", columnAboutCard, "basis", "advice",
	}
}

// columnAboutCard is the one that files of earlier versions lack.
const columnAboutCard = "about_card"

// A VerdictRow says what an answer means that matches all of its first eight
// members. Each of them is "" for anything, or alternatives separated by "|",
// compared without regard to case.
type VerdictRow struct {
	Operation   string `json:"operation"` // as profiles name them
	Status      string `json:"status"`    // 404 or 4xx; no row with a status matches where no answer came
	Source      string `json:"source"`    // gateway, service, unrecognized, auth_server, network, client
	Reason      string `json:"reason"`
	Detail      string `json:"detail"`
	Field       string `json:"field"`       // matches also as the last part of a dotted path
	Recoverable string `json:"recoverable"` // true, false: as the gateway says
	RetryAfter  string `json:"retry_after"` // yes, no

	Verdict Verdict `json:"verdict"`
	// AboutCard is yes where the failure is about one card or its consumer. Else, and where it is empty, a program in which
	// nearly all jobs end for it is halted.
	AboutCard string `json:"about_card"`
	Basis     string `json:"basis"`  // how it is known: documented, specified, seen (elsewhere), inferred, ours (our decision)
	Advice    string `json:"advice"` // what an operator can do
}

// A VerdictTable decides what answers mean: the first row that matches any of an
// answer's errors. It does not change once made.
type VerdictTable struct{ rows []VerdictRow }

// Verdicts returns the built-in table.
func Verdicts() (*VerdictTable, error) {
	rows, err := parseVerdicts(bytes.NewReader(builtInVerdicts))
	if err != nil {
		return nil, fmt.Errorf("the built-in verdict table: %w", err)
	}

	return &VerdictTable{rows: rows}, nil
}

// LoadVerdicts returns the built-in table with the rows of a CSV file before its
// own, so that those decide first. The file has the header VerdictColumns gives, or
// the same without about_card; lines that begin with "#" are comments. The apostrophe in front of a cell that spreadsheets would
// take for a formula, which worker verdicts puts there, is taken off. Errors name the file and the line.
func LoadVerdicts(file string) (*VerdictTable, error) {
	rows, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("verdict table: %w", err)
	}
	defer func() { _ = rows.Close() }() // what was only read loses nothing

	table, err := Verdicts()
	if err != nil {
		return nil, err
	}

	if table, err = table.Override(rows); err != nil {
		return nil, fmt.Errorf("verdict table %s: %w", file, err)
	}

	return table, nil
}

// Override returns a table with the rows read from a CSV before those of t.
func (t *VerdictTable) Override(r io.Reader) (*VerdictTable, error) {
	rows, err := parseVerdicts(r)
	if err != nil {
		return nil, err
	}

	return &VerdictTable{rows: append(rows, t.rows...)}, nil
}

// Rows returns a copy of the rows, in the order in which they are asked.
func (t *VerdictTable) Rows() []VerdictRow { return slices.Clone(t.rows) }

func parseVerdicts(r io.Reader) ([]VerdictRow, error) {
	data, err := keyfile.ReadLimited(r, maxVerdictsBytes)
	if err != nil {
		return nil, err
	}

	reader := csv.NewReader(bytes.NewReader(data))
	reader.Comment = '#'

	header, err := reader.Read() // its length is that of all records
	if err != nil {
		return nil, fmt.Errorf("reading the header: %w", err)
	}

	aboutCard := slices.Index(VerdictColumns(), columnAboutCard)
	older := slices.Equal(header, slices.Delete(VerdictColumns(), aboutCard, aboutCard+1))

	if !older && !slices.Equal(header, VerdictColumns()) {
		return nil, fmt.Errorf("line 1: the header has to be %s", strings.Join(VerdictColumns(), ","))
	}

	var rows []VerdictRow

	for {
		record, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading a row: %w", err)
		}

		if older {
			record = slices.Insert(record, aboutCard, "")
		}

		row := newVerdictRow(record)
		if err := row.check(); err != nil {
			line, _ := reader.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}

		rows = append(rows, row)
	}
}

func newVerdictRow(record []string) VerdictRow {
	for i := range record {
		record[i] = strings.TrimSpace(formula.Unguard(record[i]))
	}

	return VerdictRow{
		Operation:   record[0],
		Status:      record[1],
		Source:      record[2],
		Reason:      record[3],
		Detail:      record[4],
		Field:       record[5],
		Recoverable: record[6],
		RetryAfter:  record[7],
		Verdict:     Verdict(record[8]),
		AboutCard:   record[9],
		Basis:       record[10],
		Advice:      record[11],
	}
}

// Record returns the row's members in the order of VerdictColumns.
func (r VerdictRow) Record() []string {
	return []string{
		r.Operation, r.Status, r.Source, r.Reason, r.Detail, r.Field, r.Recoverable, r.RetryAfter,
		string(r.Verdict), r.AboutCard, r.Basis, r.Advice,
	}
}

// check refuses a row that could never match or that decides nothing.
func (r VerdictRow) check() error {
	if !r.Verdict.Valid() {
		return fmt.Errorf("verdict %.40q is none of the verdicts", r.Verdict)
	}

	for _, column := range []struct {
		name, value string
		known       func(string) bool
	}{
		{"operation", r.Operation, func(s string) bool { return Operation(s).valid() }},
		{"status", r.Status, isStatus},
		{"source", r.Source, oneOf(SourceGateway, SourceService, SourceUnrecognized, SourceAuthServer, SourceNetwork, SourceClient)},
		{"recoverable", r.Recoverable, oneOf("true", "false")},
		{"retry_after", r.RetryAfter, oneOf("yes", "no")},
		{columnAboutCard, r.AboutCard, oneOf("yes", "no")},
		{"basis", r.Basis, oneOf("documented", "specified", "seen", "inferred", "ours")},
	} {
		for _, value := range alternatives(column.value) {
			if !column.known(value) {
				return fmt.Errorf("%s %.40q is not one of its values", column.name, value)
			}
		}
	}

	return nil
}

func isStatus(value string) bool {
	if len(value) == 3 && value[1:] == "xx" {
		return value[0] >= '1' && value[0] <= '5'
	}

	n, err := strconv.Atoi(value)

	return err == nil && n >= 100 && n <= 599
}

func oneOf(values ...string) func(string) bool {
	return func(value string) bool { return slices.Contains(values, value) }
}

// alternatives splits a cell; an empty one has none.
func alternatives(cell string) []string {
	if cell == "" {
		return nil
	}

	return strings.Split(cell, "|")
}
