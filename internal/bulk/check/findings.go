package check

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/internal/bulk/ranges"
	"enroll.example/clicktopay/internal/bulk/rejects"
)

// Findings are what a look at a whole source has found, before anything is sent.
type Findings struct {
	// Rows is how many there are, Rejected how many of them cannot be sent.
	Rows, Rejected int64
	// ByCode counts the rejected rows by what is wrong with them. A row with several problems counts for each.
	ByCode map[string]int64
	// Reasons count them by column and reason, and say where the first ones are.
	Reasons []rejects.Reason
	// Warnings are about rows that pass every rule and still look wrong.
	Warnings []Warning
	// RejectsPath is the file with the rejected rows, empty when there are none or they were not to be written.
	RejectsPath string
	// SourceSHA256 is the hash of the source as it is, packed or not; nil when it can be read only once.
	SourceSHA256 []byte
	// Refused says, of a check of what would be sent, why nothing of it would be; empty when the good rows would.
	Refused string
	// Notes say what could not be looked at, and what was assumed.
	Notes   []string
	Elapsed time.Duration

	Repeated *duplicates.Set
	Checked  *cardfile.Extent // nil when the source can be read only once
	Unended  bool             // the last line has no end
}

// Warning is a doubt about rows.
type Warning struct {
	Code string
	// Rows is how many it is about, Line where the first of them is, and Lines where the first ones are.
	Rows, Line int64
	Lines      []int64
	Text       string
}

// The codes of warnings.
const (
	WarnOtherNetwork = "OTHER_NETWORK"
	WarnCallingCode  = "UNKNOWN_CALLING_CODE"
	WarnNull         = "NULL_VALUE"
	WarnUnended      = "UNENDED_LINE"
)

// warningCount is how many warnings there can be of a row.
const warningCount = 3

// warningRules are what warnings are made of, in their order.
type warningRules struct{ ranges ranges.Ranges }

func newWarningRules() (*warningRules, error) {
	known, err := ranges.New()
	if err != nil {
		return nil, err
	}

	return &warningRules{ranges: known}, nil
}

// warningKinds are all that there can be, without rows.
func warningKinds() [warningCount]Warning {
	return [...]Warning{
		{Code: WarnOtherNetwork, Text: "the card number is not in a known range of Mastercard or Maestro"},
		{Code: WarnCallingCode, Text: "the calling code is none that is assigned"},
		{Code: WarnNull, Text: "a name, a part of the address or a key of your own looks like a database's word for no value, " +
			"and is sent as it is; the list null of a mapping makes it an empty one"},
	}
}

// check returns which warnings apply to a good row.
func (d *warningRules) check(r columns.Row) [warningCount]bool {
	calling := r.Values[columns.ColumnPhoneCountry]

	return [...]bool{
		!d.ranges.Contain(r.Values[columns.ColumnPAN]), calling != "" && !convert.IsCallingCode(calling), r.HasNull(),
	}
}

// warningCounts counts warnings. It is for one goroutine.
type warningCounts [warningCount]Warning

func (t *warningCounts) add(found [warningCount]bool, line int64) {
	for i, is := range found {
		if !is {
			continue
		}

		if t[i].Rows++; t[i].Rows == 1 {
			t[i].Line = line
		}

		if len(t[i].Lines) < rejects.FirstLines {
			t[i].Lines = append(t[i].Lines, line)
		}
	}
}

// warnings are those that have rows.
func (t *warningCounts) warnings() []Warning {
	var found []Warning

	for i, w := range warningKinds() {
		if t[i].Rows > 0 {
			w.Rows, w.Line, w.Lines = t[i].Rows, t[i].Line, t[i].Lines
			found = append(found, w)
		}
	}

	return found
}

// TooFew reports whether fewer rows are good than the options ask for.
func (f Findings) TooFew(minGood float64) bool {
	const percent = 100

	return float64(f.Rows-f.Rejected)*percent < minGood*float64(f.Rows)
}

// TooManyRejected says why a source with so many rejects is not sent.
func (f Findings) TooManyRejected(minGood float64) string {
	return fmt.Sprintf("%d of %d rows are rejected, more than the %g percent that are allowed (--max-rejects)",
		f.Rejected, f.Rows, 100-minGood)
}

// Refusal is why a source with so many rejects is not sent.
func (f Findings) Refusal(source string) *cardfile.FileError {
	return &cardfile.FileError{Source: source, Reason: fmt.Sprintf(
		"%d of %d rows are rejected, more than are allowed; the rows and reasons: %s",
		f.Rejected, f.Rows, f.RejectsPath)}
}
