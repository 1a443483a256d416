package inspect

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/pkg/pan"
)

// Report says what was understood of a source from its first rows. It
// holds no card number and no personal data: examples are masked.
type Report struct {
	Source      string           `json:"source"`
	Format      cardfile.Format  `json:"format"`
	Compression text.Compression `json:"compression"`
	Encoding    text.Encoding    `json:"encoding"`
	// Assumed is how characters beyond ASCII were read where nothing in the source confirms its encoding, with the first words.
	Assumed *text.Reading `json:"assumed,omitempty"`
	// Readings are what the first words that are not UTF-8 would be in other encodings.
	Readings []text.Reading `json:"readings,omitempty"`
	// Delimiter is the name of the one of CSV.
	Delimiter string   `json:"delimiter,omitempty"`
	Columns   []Column `json:"columns"`
	// Missing are the required columns that nothing feeds.
	Missing []string `json:"missing"`
	// Rows is how many rows were looked at; with the mapping, so many of them are good.
	Rows int64 `json:"rows"`
	Good int64 `json:"good"`
	// ByCode counts the others by what is wrong with them.
	ByCode map[string]int64 `json:"by_code"`
	// Reasons count them by column and reason.
	Reasons []rejects.Reason `json:"reasons,omitempty"`
	// Refused is why the source would be refused as a whole even with the mapping.
	Refused string `json:"refused,omitempty"`
	// Mapping is one to start from.
	Mapping mapping.Mapping `json:"mapping"`
}

// Column is a column of the source.
type Column struct {
	Name string `json:"name"`
	// Feeds are our columns, none for one that is left out.
	Feeds []string `json:"feeds"`
	As    string   `json:"as,omitempty"`
	// How it is known what the column is.
	How string `json:"how"`
	// Examples are its values in the first rows, masked.
	Examples []string `json:"examples"`
}

const (
	inspectRows  = 1000
	inspectBytes = 4 << 20 // so that long rows do not take the memory
	inspectNames = 256     // of members of JSON objects
	exampleRows  = 3
)

// Run reads the first rows of a source. A source that cannot be read is a *cardfile.FileError.
func Run(ctx context.Context, source cardfile.Source, in cardfile.Input, now time.Time) (Report, error) {
	o, err := cardfile.NewReader(ctx, source, in)
	if err != nil {
		return Report{}, err
	}
	defer o.Close()

	s, err := readSample(o, in.Mapping.Null)
	if err != nil {
		return Report{}, err
	}

	found := Report{
		Source: pan.MaskText(source.Name), Format: o.Format, Compression: o.Text.Compression, Encoding: o.Text.Encoding,
		Rows: int64(len(s.records)), ByCode: map[string]int64{}, Missing: []string{},
		Mapping: mapping.Mapping{
			Columns: []mapping.Column{}, Constants: in.Mapping.Constants, Trailer: in.Mapping.Trailer, Null: in.Mapping.Null,
		},
	}
	if o.Format == cardfile.CSV {
		found.Delimiter = strings.TrimPrefix(cardfile.DelimiterName(o.Delimiter), "a ")
	}

	if assumed := o.Text.Assumed(); len(assumed.Words) > 0 {
		found.Assumed = &assumed
	}

	found.Readings = text.Readings(s.allValues())
	found.matchColumns(s, in.Mapping)
	found.tryMapping(s, o, now)

	if found.Refused == "" && found.Rows == 0 {
		found.Refused = columns.NoRows
	}

	return found, nil
}

// sample are the first rows of a source, unconverted.
type sample struct {
	header  []string // of CSV
	names   []string
	records []records.Record
	cells   []map[string]string // by name, of the records that are in good form
	null    []string            // what stands for no value
}

// readSample reads the first rows.
func readSample(o *cardfile.Reader, null []string) (*sample, error) {
	s := &sample{null: null}

	if o.Format == cardfile.CSV {
		header, err := columns.ReadHeader(o)
		if err != nil {
			return nil, err
		}

		if err := columns.CheckHeaderText(header.Fields, o.Delimiter); err != nil {
			return nil, &cardfile.FileError{Source: o.Name, Line: header.Line, Reason: err.Error()}
		}

		o.Records.ExpectFields(len(header.Fields))
		s.header = header.Fields

		for _, name := range header.Fields {
			s.names = append(s.names, columns.CleanedName(name))
		}
	}

	for end := int64(0); len(s.records) < inspectRows && end < inspectBytes; {
		record, err := o.Next()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		s.add(record)
		end = record.End
	}

	return s, nil
}

func (s *sample) add(record records.Record) {
	s.records = append(s.records, record)

	if record.Fault != records.None {
		return
	}

	cells := map[string]string{}

	if s.header != nil {
		for i, name := range s.names {
			cells[name] = columns.Cleaned(record.Fields[i])
		}
	} else {
		members, _ := records.Members(record.Fields[0])
		for _, m := range members {
			cells[m.Path] = columns.Cleaned(m.Value)

			if !slices.Contains(s.names, m.Path) && len(s.names) < inspectNames {
				s.names = append(s.names, m.Path)
			}
		}
	}

	s.cells = append(s.cells, cells)
}

// allValues are those of all records, in their order.
func (s *sample) allValues() []string {
	var all []string

	for _, cells := range s.cells {
		for _, name := range s.names {
			all = append(all, cells[name])
		}
	}

	return all
}

// nameless reports whether a column of the header has no name and does not stand at its end.
func (s *sample) nameless() bool {
	first := slices.Index(s.names, "")

	return first >= 0 && columns.NamedBehind(s.names[first:])
}

// values returns the values of a column that are not empty.
func (s *sample) values(name string) []string {
	var all []string

	for _, cells := range s.cells {
		if cells[name] != "" && !slices.Contains(s.null, cells[name]) {
			all = append(all, cells[name])
		}
	}

	return all
}
