package cli_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// outputs are the commands' own outputs, as a user names them. Each begins with a header or a brace.
func outputs() map[string]func(cards, out string) []string {
	return map[string]func(cards, out string) []string{
		"rejects":  func(cards, out string) []string { return []string{cards, "--dry-run", "--rejects", out} },
		"generate": func(_, out string) []string { return []string{"generate", "3", "-o", out} },
		"mapping":  func(cards, out string) []string { return []string{"inspect", cards, "--write-map", out} },
	}
}

// begins is what each of them begins with, for the cards of the tests.
func begins(output string) string {
	return map[string]string{"rejects": "pan,exp_month,", "generate": "external_card_id,", "mapping": "{"}[output]
}

// nullDevice is a device that takes everything. Run by root it is a stand-in: a fault would replace the machine's own.
func nullDevice(t *testing.T) string {
	t.Helper()

	if os.Getuid() != 0 {
		return os.DevNull
	}

	path := filepath.Join(t.TempDir(), "null")
	require.NoError(t, syscall.Mknod(path, syscall.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))

	return path
}

func linkTo(t *testing.T, target string) string {
	t.Helper()

	path := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(target, path))

	return path
}

func TestOutputsReplaceOnlyFiles(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		for kind, c := range map[string]struct {
			make func(path string) error
			mode os.FileMode
			says string
		}{
			"folder": {func(path string) error { return os.Mkdir(path, 0o700) }, os.ModeDir, "is a folder, not a file"},
			"link": {func(path string) error { return os.Symlink(cardsFile(t, mixed), path) }, os.ModeSymlink,
				"is a symbolic link, not a file"},
		} {
			t.Run(name+" to a "+kind, func(t *testing.T) {
				t.Parallel()

				out := filepath.Join(t.TempDir(), "out")
				require.NoError(t, c.make(out))

				code, said := run(t, nil, "submit", args(cardsFile(t, mixed), out)...)
				require.Equal(t, 1, code, said)
				require.Contains(t, said, "/"+filepath.Base(out)+" "+c.says)

				info, err := os.Lstat(out)
				require.NoError(t, err)
				require.Equal(t, c.mode, info.Mode().Type())
			})
		}
	}
}

func TestOutputsAreWrittenToADevice(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		for kind, out := range map[string]string{"itself": nullDevice(t), "by a link": linkTo(t, nullDevice(t))} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()

				before, err := os.Lstat(out)
				require.NoError(t, err)

				code, said := run(t, nil, "submit", args(cardsFile(t, mixed), out)...)
				require.Contains(t, []int{0, 3}, code, said)

				after, err := os.Lstat(out)
				require.NoError(t, err)
				require.Equal(t, before.Mode(), after.Mode())
			})
		}
	}
}

func TestOutputsAreWrittenToAPipe(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			out := filepath.Join(t.TempDir(), "out")
			require.NoError(t, syscall.Mkfifo(out, 0o600))

			reader, err := os.OpenFile(out, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			require.NoError(t, err)

			defer reader.Close() //nolint:errcheck // only read

			code, said := run(t, nil, "submit", args(cardsFile(t, mixed), out)...)
			require.Contains(t, []int{0, 3}, code, said)
			require.NotContains(t, said, "waiting")

			text, err := io.ReadAll(reader)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(text), begins(name)), string(text))
		})
	}
}

// As the shell's 3>FILE and >(command) do it: a descriptor is handed over, and the path names it.
func TestOutputsAreWrittenToADescriptor(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			out := filepath.Join(t.TempDir(), "out")
			file, err := os.Create(out)
			require.NoError(t, err)

			defer file.Close() //nolint:errcheck // the command's own is looked at

			_, err = io.WriteString(file, "before\n")
			require.NoError(t, err)

			c := child(t, nil, "submit", args(cardsFile(t, mixed), "/dev/fd/3")...)
			c.ExtraFiles = []*os.File{file}
			said, err := c.CombinedOutput()
			require.NotNil(t, c.ProcessState, err)
			require.Contains(t, []int{0, 3}, c.ProcessState.ExitCode(), string(said))

			text, err := os.ReadFile(out)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(text), "before\n"+begins(name)), string(text))
		})
	}
}

// What a command says goes to the other output then.
func TestStandardOutputHasNothingBesideAnOutput(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		for _, out := range []string{"/dev/stdout", "/dev/fd/1", "-"} {
			t.Run(name+" to "+out, func(t *testing.T) {
				t.Parallel()

				var rows, said bytes.Buffer

				c := child(t, nil, "submit", args(cardsFile(t, mixed), out)...)
				c.Stdout, c.Stderr = &rows, &said
				err := c.Run()
				require.NotNil(t, c.ProcessState, err)
				require.Contains(t, []int{0, 3}, c.ProcessState.ExitCode(), said.String())

				require.True(t, strings.HasPrefix(rows.String(), begins(name)), rows.String())
				require.NotContains(t, rows.String(), "rows checked")
				require.NotContains(t, rows.String(), "The mapping")
				require.NotEmpty(t, said.String())
				require.NoFileExists(t, "-")
			})
		}
	}
}

// Nobody waits without a word, and not for ever.
func TestAPipeThatNobodyReadsCanBeLeft(t *testing.T) {
	t.Parallel()

	for name, args := range outputs() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			out := filepath.Join(t.TempDir(), "out")
			require.NoError(t, syscall.Mkfifo(out, 0o600))

			c := start(t, nil, "submit", args(cardsFile(t, mixed), out)...)
			// The number of the test's own folder may pass for a card's, and is masked then.
			c.says(t, "/out is a pipe that nobody reads yet: waiting for a reader")
			require.NoError(t, c.Process.Signal(os.Interrupt))
			require.Equal(t, 1, c.exit(t), c.out)
		})
	}
}

func TestAPipeWhoseReaderGoesIsAnError(t *testing.T) {
	t.Parallel()

	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, syscall.Mkfifo(out, 0o600))

	c := start(t, nil, "submit", "generate", "1000000", "-o", out) // more than a pipe holds
	c.says(t, "waiting for a reader")

	reader, err := os.Open(out)
	require.NoError(t, err)
	_, err = io.ReadFull(reader, make([]byte, 10))
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	require.Equal(t, 1, c.exit(t))
	require.Contains(t, c.out.String(), "/out is not read any more")
	require.Contains(t, c.out.String(), "/out has got a part of the rows")
}

// The shell's <(command) is a descriptor too, beside which nothing can be made.
func TestADescriptorIsAFileOfCards(t *testing.T) {
	t.Parallel()

	from, to, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, from.Close()) })

	_, err = io.WriteString(to, mixed)
	require.NoError(t, err)
	require.NoError(t, to.Close())

	c := child(t, nil, "submit", "/dev/fd/3", "--dry-run")
	c.ExtraFiles, c.Dir = []*os.File{from}, t.TempDir()
	said, err := c.CombinedOutput()
	require.NotNil(t, c.ProcessState, err)
	require.Equal(t, 3, c.ProcessState.ExitCode(), string(said))
	require.FileExists(t, filepath.Join(c.Dir, "3.rejects.csv"))

	code, out := run(t, nil, "submit", "/dev/stdin", "--program", "demo")
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "--batch: is missing")
}
