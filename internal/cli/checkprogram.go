package cli

import (
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// CheckProgram says what is wrong with --program, where one is given.
func CheckProgram(name string) error {
	if name == "" {
		return nil
	}

	return settings.About("program", jobs.CheckProgram(name))
}
