package cardfile

import (
	"fmt"

	"enroll.example/clicktopay/pkg/pan"
)

// FileError is a fault of the file as a whole, found before anything was sent.
// Its text holds no card number.
type FileError struct {
	Source string
	// Line is where the fault is, 0 for the file as a whole.
	Line int64
	// Reason is a sentence that says what is wrong and what to do.
	Reason string
}

// Error returns the fault as one line that begins as a compiler's message does.
func (e *FileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", pan.MaskText(e.Source), e.Reason)
	}

	return fmt.Sprintf("%s:%d: %s", pan.MaskText(e.Source), e.Line, e.Reason)
}
