package cli

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// checkDry reports the same of a dry run, which needs none of them: those of sending are looked at when the program is given.
func (c *SubmitFile) checkDry() error {
	if c.Program == "" {
		return percentage("max-rejects", c.MaxRejects)
	}

	return c.checkGiven()
}

// checkGiven reports what is wrong with the settings of sending that need no look at the files.
func (c *SubmitFile) checkGiven() error {
	var errProgram, errRate, errGiveUp, errNotAfter error

	switch {
	case c.Program == "":
		errProgram = given("program", c.Program)
	default:
		errProgram = CheckProgram(c.Program)
	}

	if c.Rate < 0 || math.IsNaN(c.Rate) {
		errRate = fmt.Errorf("--rate: %v must be 0 or more", c.Rate)
	}

	if c.GiveUpAfter <= 0 {
		errGiveUp = fmt.Errorf("--give-up-after: %s must be more than 0", c.GiveUpAfter)
	}

	if !c.NotAfter.IsZero() && !c.NotAfter.After(time.Now()) {
		errNotAfter = fmt.Errorf("--not-after: %s has passed", c.NotAfter.Format(time.RFC3339))
	}

	return errors.Join(errProgram, errNotAfter, percentage("max-rejects", c.MaxRejects), errRate, errGiveUp, c.CheckQueue())
}
