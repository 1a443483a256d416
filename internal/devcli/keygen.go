package devcli

import (
	"errors"
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
)

// Keygen is demo keygen.
type Keygen struct {
	cli.ForPrograms `embed:""`

	Dir string `arg:"" help:"Folder to make the files in. Files that are there stay as they are."`
}

// keygenResult is what demo keygen tells programs.
type keygenResult struct {
	Made        []string          `json:"made"`
	Environment map[string]string `json:"environment,omitempty"`
}

// Run makes the files that are missing, and prints the settings that name them: on standard output, and nothing else there, so
// that a shell can read it.
func (c *Keygen) Run(streams cli.Streams) error {
	dir := devkeys.Dir(c.Dir)
	result := keygenResult{Made: []string{}}

	made, err := dir.Make(sandbox.KeyID(time.Now()))
	for _, name := range made {
		result.Made = append(result.Made, dir.Path(name))
		fmt.Fprintln(streams.Err, "made", dir.Path(name))
	}

	if err != nil {
		return errors.Join(err, c.Print(streams, result))
	}

	if len(made) == 0 {
		fmt.Fprintln(streams.Err, "nothing to make: all files are in", c.Dir)
	}

	variables, err := dir.Environment()
	if err != nil {
		return err
	}

	if c.JSON {
		result.Environment = map[string]string{}
		for _, variable := range variables {
			result.Environment[variable.Name] = variable.Value
		}

		return c.Print(streams, result)
	}

	for _, variable := range variables {
		fmt.Fprintln(streams.Out, variable.Export())
	}

	fmt.Fprintf(streams.Err, "To set these in a POSIX shell, run this command inside: eval \"$(...)\"\n"+
		"Set ENROLL_DATABASE_URL, too, and ENROLL_NATS_URL where the queue is elsewhere than at nats://127.0.0.1:4222. "+
		"The program is called %s.\n", devkeys.Program)

	return nil
}
