package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/settings"
)

// errWouldRefuse is returned when a real run would be refused for another reason than rejected rows.
var errWouldRefuse = errors.New("the real run would be refused")

// foretold says why the database or the workers would refuse the run, "" when they would not. They are asked when the program
// and the database are given: then the command is the one of the real run.
func (c *SubmitFile) foretold(
	ctx context.Context, streams Streams, source cardfile.Source, options bulk.Options, found check.Findings,
) string {
	if c.Program == "" || c.DatabaseURL == "" {
		return ""
	}

	if options.StatePath == "" { // standard input is compared only at its end
		found.SourceSHA256 = nil
	}

	ctx, cancel := context.WithTimeout(ctx, noticeAfter)
	defer cancel()

	logger := slog.New(slog.DiscardHandler)

	registry, err := c.Open(ctx, logger)
	if err != nil {
		return notAsked(streams, err)
	}
	defer registry.Close()

	js, disconnect, err := c.Connect("enroll submit --dry-run", logger)
	if err != nil {
		return notAsked(streams, err)
	}
	defer disconnect()

	err = errors.Join(c.knownProgram(ctx, streams, js), bulk.FindConflict(ctx, registry, source, options, found))
	if err == nil {
		return ""
	}

	return strings.ReplaceAll(settings.Masked(err.Error()), "\n", "; ")
}

func notAsked(streams Streams, err error) string {
	streams.Notef("Note: whether the database or the workers would refuse the run is not known: %v.", err)

	return ""
}
