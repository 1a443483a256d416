package settings

import (
	"io"
	"log/slog"
)

// Log says what is logged to standard error, and how.
type Log struct {
	LogFormat string     `name:"log-format" default:"text" enum:"text,json" help:"Form of the log: text or json."`
	LogLevel  slog.Level `name:"log-level"  default:"info" complete:"debug,info,warn,error" help:"Least level that is logged: debug, info, warn, error."`
}

// Logger makes the logger.
func (l Log) Logger(w io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: l.LogLevel, ReplaceAttr: masked}
	if l.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}

	return slog.New(slog.NewTextHandler(w, options))
}

// masked hides passwords of addresses and card numbers in what libraries say, and in the arguments that errors repeat.
func masked(_ []string, attr slog.Attr) slog.Attr {
	switch value := attr.Value.Any().(type) {
	case string:
		attr.Value = slog.StringValue(Masked(value))
	case error:
		attr.Value = slog.StringValue(Masked(value.Error()))
	}

	return attr
}
