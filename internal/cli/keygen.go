package cli

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

// Keygen is worker keygen.
type Keygen struct {
	Dir string `arg:"" help:"Folder to make the files in. Files that are there stay as they are."`
}

// Run makes the files that are missing.
func (c *Keygen) Run(streams Streams) error {
	dir := devkeys.Dir(c.Dir)

	made, err := dir.Make(sandbox.KeyID(time.Now()))
	for _, name := range made {
		fmt.Fprintln(streams.Out, "made", dir.Path(name))
	}

	if err == nil && len(made) == 0 {
		fmt.Fprintln(streams.Out, "nothing to make: all files are in", c.Dir)
	}

	return err
}
