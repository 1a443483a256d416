package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/internal/bulk/trailer"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// FileInput says how a file of cards is to be read.
type FileInput struct {
	Map       string   `placeholder:"FILE" help:"Mapping file (JSON): which columns of the file feed which of ours; see docs/files.md."`
	Delimiter string   `placeholder:"CHARACTER" help:"What separates the columns of CSV: comma, semicolon, tab, pipe; default: what the header has."`
	Trailer   string   `placeholder:"RECORD" help:"Form of a record at the end that says how many rows there are, such as 'T;{rows}', or only its begin; see docs/files.md."`
	Encoding  string   `default:"utf-8" help:"Encoding of a file without byte order mark: utf-8, latin1 (read as Windows-1252), utf-16le, utf-16be, cp850, macroman, windows-1251 and others; see docs/files.md."`
	CardLike  []string `name:"card-like-fields" placeholder:"FIELDS" help:"Fields that may look like a card number, as own keys do by chance, separated by commas: id, batch, external_consumer_id, external_card_id; the workers have to allow them as well (card_like_fields of the program)."`
}

// input reads the mapping and checks the rest.
func (c FileInput) input() (cardfile.Input, error) {
	var errMap error

	in := cardfile.Input{CardLike: c.CardLike}
	if c.Map != "" {
		in.Mapping, errMap = mapping.Load(c.Map, columns.Names())
	}

	var errDelimiter, errEncoding, errTrailer error

	in.Delimiter, errDelimiter = delimiter(c.Delimiter)
	in.Encoding, errEncoding = text.ParseEncoding(c.Encoding)

	if form := cmp.Or(c.Trailer, in.Mapping.Trailer); form != "" {
		in.Trailer, errTrailer = trailer.Parse(form)
	}

	return in, settings.Faults(
		named("map", errMap), named("delimiter", errDelimiter), named("encoding", errEncoding), named("trailer", errTrailer),
		named("card-like-fields", jobs.CheckCardLike(c.CardLike)))
}

func delimiter(name string) (byte, error) {
	switch strings.ToLower(name) {
	case "":
		return 0, nil
	case "comma", ",":
		return ',', nil
	case "semicolon", ";":
		return ';', nil
	case "tab", "\t", `\t`:
		return '\t', nil
	case "pipe", "|":
		return '|', nil
	default:
		return 0, fmt.Errorf("%q is not known; known are comma, semicolon, tab, pipe", name)
	}
}

// named says which flag an error is about.
func named(flag string, err error) error {
	if err == nil {
		return nil
	}

	return fmt.Errorf("--%s: %w", flag, err)
}

var errMissing = errors.New("is missing")

// given requires that a flag was given.
func given(flag, value string) error {
	if value == "" {
		return named(flag, errMissing)
	}

	return nil
}

func percentage(flag string, value float64) error {
	const most = 100
	if value >= 0 && value <= most {
		return nil
	}

	return fmt.Errorf("--%s: %g is not 0 to %d", flag, value, most)
}
