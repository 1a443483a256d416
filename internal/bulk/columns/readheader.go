package columns

import (
	"errors"
	"io"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/records"
	"enroll.example/clicktopay/internal/bulk/text"
)

// ReadHeader reads the first record of CSV.
func ReadHeader(o *cardfile.Reader) (records.Record, error) {
	header, err := o.Next()

	switch {
	case errors.Is(err, io.EOF):
		return header, &cardfile.FileError{Source: o.Name, Reason: text.ErrEmpty.Error()}
	case err != nil:
		return header, err
	case header.Fault != records.None:
		return header, &cardfile.FileError{Source: o.Name, Line: header.Line, Reason: "the header: " + malformedHeader(header.Fault)}
	}

	if reason := whyNoHeader(header.Line, header.Fields, o.Records.LinesAhead(cardfile.LinesLookedAt)); reason != "" {
		return header, &cardfile.FileError{Source: o.Name, Line: header.Line, Reason: reason}
	}

	return header, nil
}
