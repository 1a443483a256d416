package cli

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// Versioned is the flag that every program has.
type Versioned struct {
	Version kong.VersionFlag `env:"-" help:"Print version, commit and Go version."`
}

const versionNotKnown = "unknown"

// Version is that of the module the program was built from.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return cmp.Or(info.Main.Version, versionNotKnown)
	}

	return versionNotKnown
}

// versionText is what --version prints of a program: what there is to say in a report of a fault.
func versionText(program string, info *debug.BuildInfo) string {
	built := map[string]string{}
	for _, setting := range info.Settings {
		built[setting.Key] = setting.Value
	}

	commit := "not known: not built from a checkout"
	if revision := built["vcs.revision"]; revision != "" {
		commit = strings.TrimSpace(revision + " " + built["vcs.time"])
	}

	if built["vcs.modified"] == "true" {
		commit += ", with local changes"
	}

	return fmt.Sprintf("%s %s\nmodule %s\ncommit %s\n%s %s/%s", program, cmp.Or(info.Main.Version, versionNotKnown),
		cmp.Or(info.Main.Path, versionNotKnown), commit, info.GoVersion, built["GOOS"], built["GOARCH"])
}

// versionOf is the text for this program, as it was built.
func versionOf(program string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}

	return versionText(program, info)
}
