package cli

import (
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// valueMappers read the values of flags of which the libraries' errors do not say what to write.
func valueMappers() []kong.Option {
	return []kong.Option{
		kong.KindMapper(reflect.String, kong.MapperFunc(asGiven)),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), parsed("duration", duration)),
		kong.TypeMapper(reflect.TypeFor[time.Time](), parsed("time", rfc3339)),
		kong.TypeMapper(reflect.TypeFor[slog.Level](), parsed("level", level)),
	}
}

func parsed[T any](what string, parse func(string) (T, error)) kong.MapperFunc {
	return func(ctx *kong.DecodeContext, target reflect.Value) error {
		token, err := ctx.Scan.PopValue(what)
		if err != nil {
			return err
		}

		value, err := parse(fmt.Sprint(token.Value))
		if err != nil {
			return err
		}

		target.Set(reflect.ValueOf(value))

		return nil
	}
}

func duration(text string) (time.Duration, error) {
	value, err := time.ParseDuration(text)

	switch {
	case err == nil:
		return value, nil
	case strings.Trim(text, "-0123456789.") == "" && text != "":
		return 0, fmt.Errorf("%.40q has no unit; write such as %.40sm", text, text)
	default:
		return 0, fmt.Errorf("%.40q is no duration, such as 90s, 10m or 24h", text)
	}
}

func rfc3339(text string) (time.Time, error) {
	value, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%.40q is no time in RFC 3339, such as 2026-11-27T18:00:00Z", text)
	}

	return value, nil
}

func level(text string) (slog.Level, error) {
	var value slog.Level
	if err := value.UnmarshalText([]byte(text)); err != nil {
		return 0, fmt.Errorf("%.40q is none of debug, info, warn, error", text)
	}

	return value, nil
}

// negative is what the parser says of a number with a minus behind a blank. Its advice, to write an equals sign, leads to
// a value that is refused.
var negative = regexp.MustCompile(`^(--[a-z-]+): expected .* but got "(-[0-9][^"]*)" .*perhaps try`)

// withoutMinus says that a number is negative; the window of the guard is the one that may be.
func withoutMinus(text string) error {
	found := negative.FindStringSubmatch(text)
	if found == nil || found[1] == "--guard-window" {
		return nil
	}

	return fmt.Errorf("%s: %s must not be negative", found[1], found[2])
}
