package mastercard

import (
	"context"
	"log/slog"
	"time"
)

// A Reloader is a source of keys that can look for a newer one.
type Reloader interface {
	// Reload looks once. It reports whether the key is another one now; with an error it stays what it was.
	Reload(ctx context.Context) (changed bool, err error)
	// String names the source.
	String() string
}

// Watch lets the sources look for newer keys at each tick, until ctx ends or ticks
// is closed. It logs each change, and a refusal once until it is another one. The
// caller runs it in a goroutine of its own and waits for it; a time.Ticker of a few
// seconds suits files, one of an hour a URL.
func Watch(ctx context.Context, ticks <-chan time.Time, log *slog.Logger, sources ...Reloader) {
	refusals := make([]string, len(sources))

	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-ticks:
			if !open {
				return
			}
		}

		for i, source := range sources {
			refusals[i] = reload(ctx, log, source, refusals[i])
		}
	}
}

// reload returns why the source's newer key is refused, if it is.
func reload(ctx context.Context, log *slog.Logger, source Reloader, before string) string {
	changed, err := source.Reload(ctx)

	switch {
	case ctx.Err() != nil:
		return before
	case err != nil:
		if err.Error() != before {
			log.LogAttrs(ctx, slog.LevelError, "a key could not be replaced: the one in use stays",
				slog.String("source", source.String()), slog.String("error", err.Error()))
		}

		return err.Error()
	case changed:
		log.LogAttrs(ctx, slog.LevelInfo, "a key has been replaced", slog.String("source", source.String()))
	}

	return ""
}
