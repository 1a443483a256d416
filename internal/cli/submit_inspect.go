package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/inspect"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/outstream"
	"enroll.example/clicktopay/internal/settings"
)

// SubmitInspect is submit inspect FILE.
type SubmitInspect struct {
	FileInput `embed:""`

	Path     string `arg:"" name:"FILE" help:"The file of cards, or - for standard input. Only its begin is read."`
	WriteMap string `name:"write-map" placeholder:"FILE" help:"Write the mapping to start from to this file, which must not exist, to a device or a pipe, or to standard output (-)."`
	JSON     bool   `name:"json" help:"Print JSON, for programs."`
}

// Run shows what was understood of the file.
func (c *SubmitInspect) Run(ctx context.Context, streams Streams) error {
	source, file, err := cardfile.Open(c.Path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read

	in, err := c.input()
	if err != nil {
		return err
	}

	found, err := inspect.Run(ctx, source, in, time.Now())
	if err != nil {
		return err
	}

	if c.WriteMap != "" {
		c.WriteMap = outputPath(c.WriteMap)

		if err := writeMapping(ctx, streams, c.WriteMap, found.Mapping); err != nil {
			return err
		}

		streams = streams.besides(c.WriteMap)
	}

	if c.JSON {
		return writeJSON(streams.Out, found)
	}

	if err := Fitted(streams.Out, func(w io.Writer, width int) { writeInspection(w, width, found) }); err != nil {
		return err
	}

	return c.suggest(streams.Out, found)
}

// suggest shows the mapping to start from, where there is something to map.
func (c *SubmitInspect) suggest(w io.Writer, found inspect.Report) error {
	switch {
	case outstream.IsStdout(c.WriteMap):
		fmt.Fprintf(w, "\nThe mapping was written to standard output.\n")
	case c.WriteMap != "":
		fmt.Fprint(w, settings.Masked(fmt.Sprintf("\nThe mapping was written to %s. Correct it, then: submit %s --map %s%s --dry-run\n",
			c.WriteMap, c.Path, c.WriteMap, c.repeated())))
	case len(found.Mapping.Columns) == 0 && len(found.Mapping.Ignore) == 0 && len(found.Missing) > 0:
		// There is nothing to make a mapping of.
	case len(found.Mapping.Columns) == 0 && len(found.Mapping.Ignore) == 0:
		fmt.Fprintf(w, "\nNo mapping is needed.\n")
	default:
		text, err := found.Mapping.Encode()
		if err != nil {
			return err
		}

		fmt.Fprintf(w, "\nA mapping to start from (--write-map FILE writes it):\n\n%s", text)
	}

	return nil
}

// repeated are the other flags that say how the file is to be read.
func (c *SubmitInspect) repeated() string {
	text := ""
	if c.Delimiter != "" {
		text += " --delimiter " + c.Delimiter
	}

	if c.Trailer != "" {
		text += " --trailer '" + c.Trailer + "'"
	}

	if c.Encoding != "utf-8" {
		text += " --encoding " + c.Encoding
	}

	return text
}

// writeInspection prints what was understood, for people.
func writeInspection(w io.Writer, width int, found inspect.Report) {
	fmt.Fprintf(w, "%s: %s, %s", found.Source, found.Format, found.Encoding)

	if found.Delimiter != "" {
		fmt.Fprintf(w, ", %s between columns", found.Delimiter)
	}

	fmt.Fprintf(w, ", compression %s\n\n", found.Compression)

	rows := make([][]string, len(found.Columns))
	for i, column := range found.Columns {
		rows[i] = []string{
			printable(column.Name), OrDash(strings.Join(column.Feeds, ", ")), OrDash(column.As), column.How,
			strings.Join(column.Examples, " | "),
		}
	}

	fmt.Fprint(w, layout.Table(width, []string{"column", "feeds", "as", "known by", "first rows, masked"}, rows))

	if len(found.Missing) > 0 {
		fmt.Fprintf(w, "\nMissing and required: %s\n", strings.Join(found.Missing, ", "))
	}

	if found.Refused != "" {
		fmt.Fprintf(w, "\nThe file would be refused: %s\n", found.Refused)
		return
	}

	fmt.Fprintf(w, "\n%d rows looked at: %d would be sent, %d rejected\n", found.Rows, found.Good, found.Rows-found.Good)

	writeReasons(w, found.ByCode, found.Reasons, false)
	writeEncoding(w, found)
}

// writeEncoding shows words by which a person can tell whether the encoding is right, or which one is.
func writeEncoding(w io.Writer, found inspect.Report) {
	if found.Assumed != nil {
		fmt.Fprintf(w, "\nRead as %s, such as: %s\nIf these words are wrong, the file has another --encoding.\n",
			found.Assumed.Encoding.Described(), strings.Join(found.Assumed.Words, ", "))
	}

	if len(found.Readings) > 0 {
		fmt.Fprint(w, "\nSome words are not UTF-8. In other encodings they are:\n")

		for _, reading := range found.Readings {
			fmt.Fprintf(w, "  --encoding %-12s  %s\n", reading.Encoding, strings.Join(reading.Words, ", "))
		}
	}
}

// writeMapping makes a file, and overwrites none that somebody may have corrected.
func writeMapping(ctx context.Context, streams Streams, path string, m mapping.Mapping) error {
	text, err := m.Encode()
	if err != nil {
		return err
	}

	file, _, err := outstream.Create(ctx, path, streams.note)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: name another file for the mapping, or move it away", path)
	}

	if err != nil {
		return fmt.Errorf("writing the mapping: %w", err)
	}

	if _, err := file.Write(text); err != nil {
		return fmt.Errorf("writing the mapping: %w", errors.Join(err, file.Close()))
	}

	return file.Close()
}
