package jobs

import (
	"fmt"

	"enroll.example/clicktopay/pkg/pan"
)

const (
	maxIDLength      = 64
	maxProgramLength = 32
)

// ValidID reports whether id can be the id or the batch of a job.
func ValidID(id string) bool {
	return id != "" && len(id) <= maxIDLength && all(id, func(c byte) bool {
		return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-'
	})
}

// ValidProgram reports whether name can be the program of a job.
func ValidProgram(name string) bool {
	return name != "" && len(name) <= maxProgramLength && all(name, func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	})
}

// ProgramRule is what the name of a program must be.
const ProgramRule = "must be 1 to 32 of a-z 0-9 -"

// CheckProgram says what is wrong with the name of a program, and nothing that passes for a card number; nil: it can be one.
func CheckProgram(name string) error {
	if ValidProgram(name) {
		return nil
	}

	return fmt.Errorf("%.40q %s", pan.MaskText(name), ProgramRule)
}

func all(s string, ok func(byte) bool) bool {
	for i := range len(s) {
		if !ok(s[i]) {
			return false
		}
	}

	return true
}
