// Package measure runs the contenders in turn on one set of parts, and makes a table of what each has used.
package measure

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/bench/internal/contender"
)

// Options say what is measured.
type Options struct {
	Jobs     int           `default:"4000"    help:"Jobs that each contender works off, each time."`
	Rounds   int           `default:"3"       help:"How often each contender runs; the table shows medians."`
	InFlight []int         `default:"64,256"  help:"Jobs that are worked on at once."`
	Sync     []string      `default:"default" help:"When the queue syncs to disk: default, always, or both." enum:"default,always"`
	Latency  time.Duration `default:"20ms"    help:"Time that the API takes for an answer."`
	Only     []string      `help:"Contenders that run, such as product or batch lane. All by default." placeholder:"NAME"`
	Profiles string        `help:"Folder for profiles of processor time and allocations." type:"existingdir" placeholder:"DIR"`
	// Progress gets a line for each measurement.
	Progress io.Writer `kong:"-"`
}

// mostJobs is how many cards the sandbox's range has for one scenario.
const mostJobs = 1_000_000

func (o Options) check() error {
	var errs []error

	if o.Jobs < 1 || o.Jobs > mostJobs {
		errs = append(errs, fmt.Errorf("--jobs: %d is not 1 to %d", o.Jobs, mostJobs))
	}

	if o.Rounds < 1 {
		errs = append(errs, fmt.Errorf("--rounds: %d is less than 1", o.Rounds))
	}

	for _, n := range o.InFlight {
		if n < 1 || n > 1000 {
			errs = append(errs, fmt.Errorf("--in-flight: %d is not 1 to 1000", n))
		}
	}

	if len(o.contenders()) == 0 {
		errs = append(errs, fmt.Errorf("--only: there is no contender %s", strings.Join(o.Only, ", ")))
	}

	return errors.Join(errs...)
}

// contenders are those that run.
func (o Options) contenders() []contender.Contender {
	return slices.DeleteFunc(contender.All(), func(c contender.Contender) bool {
		return len(o.Only) > 0 && !slices.Contains(o.Only, c.Name)
	})
}
