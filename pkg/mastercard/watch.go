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
	WatchAnd(ctx, ticks, log, func() {}, sources...)
}

// WatchAnd is Watch that calls replaced after each look at which at least one source has brought another key.
func WatchAnd(ctx context.Context, ticks <-chan time.Time, log *slog.Logger, replaced func(), sources ...Reloader) {
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

		anew := false

		for i, source := range sources {
			var changed bool

			changed, refusals[i] = reload(ctx, log, source, refusals[i])
			anew = anew || changed
		}

		if anew {
			replaced()
		}
	}
}

// reload reports whether the source has another key now, and why its newer key is refused, if it is.
func reload(ctx context.Context, log *slog.Logger, source Reloader, before string) (changed bool, refusal string) {
	changed, err := source.Reload(ctx)

	switch {
	case ctx.Err() != nil:
		return false, before
	case err != nil:
		if err.Error() != before {
			log.LogAttrs(ctx, slog.LevelError, "a key could not be replaced: the one in use stays",
				slog.String("source", source.String()), slog.String("error", err.Error()))
		}

		return false, err.Error()
	case changed:
		log.LogAttrs(ctx, slog.LevelInfo, "a newer key has been loaded", slog.String("source", source.String()))
	}

	return changed, ""
}
