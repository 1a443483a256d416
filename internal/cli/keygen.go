package cli

import (
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

// Keygen is worker keygen.
type Keygen struct {
	ForPrograms `embed:""`

	Dir string `arg:"" help:"Folder to make the files in. Files that are there stay as they are."`
}

// Run makes the files that are missing.
func (c *Keygen) Run(streams Streams) error {
	dir := devkeys.Dir(c.Dir)

	out, paths := c.said(streams).Out, []string{}

	made, err := dir.Make(sandbox.KeyID(time.Now()))
	for _, name := range made {
		paths = append(paths, dir.Path(name))
		fmt.Fprintln(out, "made", dir.Path(name))
	}

	if err == nil && len(made) == 0 {
		fmt.Fprintln(out, "nothing to make: all files are in", c.Dir)
	}

	return errors.Join(err, c.print(streams, map[string][]string{"made": paths}))
}
