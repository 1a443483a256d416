package cardfile

import (
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/internal/bulk/trailer"
)

// Input says how a source is to be read. The zero value finds out for itself
// what can be told from the source, and reads UTF-8.
type Input struct {
	// Delimiter stands between the columns of CSV; 0 takes the one that the header has.
	Delimiter byte
	// Encoding is that of a text without byte order mark, default UTF-8.
	Encoding text.Encoding
	// Mapping says which columns of the source feed which of ours.
	Mapping mapping.Mapping
	// Trailer is the form of the record at the end that says how many rows there are; nil when there is none.
	Trailer *trailer.Form
	// CardLike are the fields of jobs that may look like a card number, as own keys do by chance (see jobs.Job.Encode).
	CardLike []string
}

// Format is the form of a source.
type Format string

// The formats that are understood.
const (
	CSV       Format = "CSV"
	JSONLines Format = "JSON Lines"
)
