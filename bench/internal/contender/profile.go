package contender

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
)

// profile records where the process spends its processor time, into the file of the name given, until end is called. Beside it
// end writes what was allocated, and where.
func profile(name string) (end func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}

	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("recording a profile: %w", err)
	}

	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(fmt.Errorf("recording a profile: %w", err), file.Close())
	}

	return func() error {
		pprof.StopCPUProfile()

		return errors.Join(file.Close(), allocations(strings.TrimSuffix(name, ".pprof")+".allocs.pprof"))
	}, nil
}

// allocations writes the profile of all that was allocated.
func allocations(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("recording allocations: %w", err)
	}

	if err := pprof.Lookup("allocs").WriteTo(file, 0); err != nil {
		return errors.Join(fmt.Errorf("recording allocations: %w", err), file.Close())
	}

	return file.Close()
}
