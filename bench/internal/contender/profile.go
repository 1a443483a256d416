package contender

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

// profile records where the process spends its processor time, into the file of the name given, until end is called.
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
		return file.Close()
	}, nil
}
