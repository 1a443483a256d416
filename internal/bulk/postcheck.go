package bulk

import (
	"errors"
	"fmt"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
)

// checkStream has the rows of a source that was not checked looked at while they pass.
func (s *rowSealer) checkStream(t *columns.Reader, f check.Findings) (p *check.Stream, err error) {
	if f.SourceSHA256 == nil {
		p, err = check.NewStream(t, s.now)
		s.repeated, t.OnRow = p, p.Check
	}

	return p, err
}

// postCheckError makes of a fault that was to be found before anything is sent one that was found on the way.
func postCheckError(err error) error {
	if fault, is := errors.AsType[*cardfile.FileError](err); is {
		return fmt.Errorf("%s", fault.Error())
	}

	return err
}
