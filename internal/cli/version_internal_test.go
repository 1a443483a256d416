package cli

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionSaysWhatAReportNeeds(t *testing.T) {
	t.Parallel()

	info := debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Path: "enroll.example/clicktopay", Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0a1b2c"},
			{Key: "vcs.time", Value: "2026-06-15T12:00:00Z"},
			{Key: "vcs.modified", Value: "true"},
			{Key: "GOOS", Value: "linux"},
			{Key: "GOARCH", Value: "amd64"},
		},
	}
	require.Equal(t, "submit v1.2.3\nmodule enroll.example/clicktopay\n"+
		"commit 0a1b2c 2026-06-15T12:00:00Z, with local changes\ngo1.26.8 linux/amd64", versionText("submit", &info))

	info.Settings, info.Main = info.Settings[3:], debug.Module{}
	require.Equal(t, "submit unknown\nmodule unknown\ncommit not known: not built from a checkout\ngo1.26.8 linux/amd64",
		versionText("submit", &info))
}
