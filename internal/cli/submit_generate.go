package cli

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/outfile"
	"enroll.example/clicktopay/internal/outstream"
	"enroll.example/clicktopay/internal/settings"
)

// SubmitGenerate is submit generate.
type SubmitGenerate struct {
	ForPrograms `embed:""`

	Rows int64   `arg:"" name:"N"       help:"Number of rows."`
	Seed uint64  `default:"1"           help:"Another seed gives another file, the same seed the same one."`
	Bad  float64 `default:"0"           help:"How many percent of the rows are to be rejected."`
	Out  string  `short:"o" name:"output" placeholder:"FILE" help:"Where to write, compressed when the name ends in .gz: a new file, a device or a pipe; default: standard output."`
}

// Run writes a file of test cards.
func (c *SubmitGenerate) Run(ctx context.Context, streams Streams) error {
	if err := c.faults(); err != nil {
		return err
	}

	if c.Out == dash {
		c.Out = ""
	}

	done, err := c.write(ctx, streams)
	if err != nil {
		return err
	}

	if c.JSON {
		if streams = streams.besides(c.Out); c.Out == "" { // there the rows are
			streams.Out = streams.Err
		}

		return c.Print(streams, map[string]any{"rows": done.Rows, "bad": done.Bad, "by_code": done.ByCode})
	}

	fmt.Fprintf(streams.Err, "%d rows, %d of them bad\n", done.Rows, done.Bad)

	for _, code := range slices.Sorted(maps.Keys(done.ByCode)) {
		fmt.Fprintf(streams.Err, "  %6d  %s\n", done.ByCode[code], code)
	}

	if done.Rows-done.Bad > sample.MaxDistinct {
		fmt.Fprintf(streams.Err, "the sandbox has %d card numbers that enroll: behind these they come again\n", sample.MaxDistinct)
	}

	return nil
}

func (c *SubmitGenerate) faults() error {
	var errs []error

	if c.Rows < 1 {
		errs = append(errs, fmt.Errorf("the number of rows, %d, is not 1 or more", c.Rows))
	}

	if c.Bad < 0 || c.Bad > 100 {
		errs = append(errs, fmt.Errorf("--bad: %v is not 0 to 100", c.Bad))
	}

	return settings.Faults(errs...)
}

func (c *SubmitGenerate) write(ctx context.Context, streams Streams) (sample.Generated, error) {
	if c.Out == "" {
		return sample.Generate(ctx, streams.Out, c.Rows, c.Seed, c.Bad)
	}

	// Never over a file that is there: it may be one of real cards.
	file, stream, err := outstream.Create(ctx, c.Out, streams.note)
	if err != nil {
		return sample.Generated{}, fmt.Errorf("creating the file: %w", err)
	}

	done, err := c.compress(ctx, file)

	switch err = errors.Join(err, file.Close()); {
	case err == nil:
		return done, nil
	case stream:
		return done, fmt.Errorf("%w\n%s has got a part of the rows", err, c.Out)
	default:
		return done, fmt.Errorf("%w\n%s", err, leftovers(c.Out))
	}
}

func (c *SubmitGenerate) compress(ctx context.Context, file io.Writer) (sample.Generated, error) {
	if !strings.HasSuffix(c.Out, ".gz") {
		return sample.Generate(ctx, file, c.Rows, c.Seed, c.Bad)
	}

	compressor := gzip.NewWriter(file)
	done, err := sample.Generate(ctx, compressor, c.Rows, c.Seed, c.Bad)

	return done, errors.Join(err, compressor.Close())
}

// leftovers removes half a file and says what became of it.
func leftovers(path string) string {
	if err := outfile.Remove(path); err != nil {
		return fmt.Sprintf("%s is not complete and could not be removed: %v", path, err)
	}

	return path + " was not complete and has been removed"
}
