package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/outstream"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// cardFile is a file to be sent, and the batch that its rows are.
type cardFile struct{ path, batch string }

// What stands behind the name of a file of cards beside which it lies.
const (
	stateSuffix   = ".submit-state.json"
	rejectsSuffix = ".rejects.csv"
)

// state is where the checkpoint of a file is kept.
func (f cardFile) state() string {
	if nameless(f.path) {
		return "" // what comes in differs each time
	}

	return f.path + stateSuffix
}

// nameless reports whether a path says nothing of what comes from it.
func nameless(path string) bool { return path == cardfile.Stdin || outstream.IsDescriptor(path) }

// files are those that the arguments mean, each with its batch.
func (c *SubmitFile) files() ([]cardFile, error) {
	var paths []string

	for _, arg := range c.Paths {
		found, err := c.expand(arg)
		if err != nil {
			return nil, err
		}

		for _, path := range found {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}

	// A shell's pattern names the rejects of an earlier run beside their files.
	paths = slices.DeleteFunc(paths, func(path string) bool {
		of, isRejects := strings.CutSuffix(path, rejectsSuffix)
		return isRejects && slices.Contains(paths, of)
	})

	if len(paths) > 1 && c.Rejects != "" {
		return nil, settings.Faultf("--rejects: is one file, and %d are to be sent; without it each gets its own", len(paths))
	}

	return c.named(paths)
}

// expand returns the files that an argument means.
func (c *SubmitFile) expand(arg string) ([]string, error) {
	if arg == cardfile.Stdin {
		return []string{arg}, nil
	}

	info, err := os.Stat(arg)

	switch {
	case err == nil && info.IsDir() && c.Pattern == "":
		return nil, settings.Faultf("%s is a folder: say which of its files are meant, such as --pattern '*.csv'", arg)
	case err == nil && info.IsDir():
		return match(filepath.Join(arg, c.Pattern))
	case err != nil && strings.ContainsAny(arg, "*?["):
		return match(arg)
	case err != nil:
		return nil, fmt.Errorf("opening the file of cards: %w", err)
	default:
		return []string{filepath.Clean(arg)}, nil
	}
}

// match returns the files of cards that a pattern names.
func match(pattern string) ([]string, error) {
	found, err := filepath.Glob(pattern)
	if err != nil {
		return nil, settings.Faultf("the pattern %s cannot be read: %w", pattern, err)
	}

	found = slices.DeleteFunc(found, func(path string) bool {
		name := filepath.Base(path)
		info, err := os.Stat(path)

		return strings.HasPrefix(name, ".") || ours(name) || err == nil && info.Mode().Type() == fs.ModeDir
	})

	if len(found) == 0 {
		return nil, settings.Faultf("%s names no file of cards", pattern)
	}

	return found, nil
}

// ours reports whether a file is what an earlier run has left beside a file of cards.
func ours(name string) bool {
	for _, suffix := range []string{rejectsSuffix, stateSuffix} {
		if strings.HasSuffix(name, suffix) || strings.Contains(name, suffix+".") {
			return true
		}
	}

	return false
}

// named gives each file its batch.
func (c *SubmitFile) named(paths []string) ([]cardFile, error) {
	if c.Batch != "" && !jobs.ValidID(c.Batch) {
		return nil, settings.Faults(wrongBatch(c.Batch))
	}

	var (
		files []cardFile
		errs  []error
	)

	for _, path := range paths {
		batch := c.batchOf(path, len(paths))

		switch {
		case nameless(path) && c.Batch == "" && !c.DryRun:
			errs = append(errs, errors.New("--batch: is missing; standard input and open descriptors have no name to take"))
		case !jobs.ValidID(batch):
			errs = append(errs, c.tooLong(path, batch, len(paths)))
		}

		if i := slices.IndexFunc(files, func(f cardFile) bool { return f.batch == batch }); i >= 0 {
			errs = append(errs, fmt.Errorf("%s and %s would both be batch %s: send them one by one, with --batch",
				files[i].path, path, batch))
		}

		files = append(files, cardFile{path, batch})
	}

	return files, settings.Faults(errs...)
}

// wrongBatch says what is wrong with a name that somebody has given, and one that is not.
func wrongBatch(name string) error {
	shown := pan.MaskText(name)

	advice := fmt.Sprintf("it has %d characters", utf8.RuneCountInString(name))
	if fit := fitForID(shown); fit != shown && jobs.ValidID(fit) {
		advice = "write --batch " + fit
	}

	return fmt.Errorf("--batch: %q is not 1 to 64 of A-Z a-z 0-9 . _ -: %s", shown, advice)
}

// tooLong says what to do about a batch whose name is made of that of its file.
func (c *SubmitFile) tooLong(path, batch string, among int) error {
	advice := "name one with --batch"

	switch {
	case among > 1 && c.Batch == "":
		advice = "send the file by itself, with --batch"
	case among > 1:
		advice = "give a shorter --batch, or send the file by itself"
	}

	return fmt.Errorf("%s: its batch %q is not 1 to 64 of A-Z a-z 0-9 . _ -: it has %d characters; %s",
		path, pan.MaskText(batch), len(batch), advice)
}

// batchOf is the batch of a file among so many.
func (c *SubmitFile) batchOf(path string, among int) string {
	switch {
	case c.Batch == "":
		return stem(path)
	case among == 1:
		return c.Batch
	default:
		return c.Batch + "-" + stem(path)
	}
}

// stem is a file's name without its extensions, fit for an id.
func stem(path string) string {
	name := filepath.Base(path)

	for _, extension := range []string{".gz", ".zst", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json"} {
		if bare := name[:len(name)-len(filepath.Ext(name))]; bare != "" && strings.EqualFold(filepath.Ext(name), extension) {
			name = bare
		}
	}

	return fitForID(name)
}

// fitForID replaces what an id cannot have.
func fitForID(name string) string {
	return strings.Map(func(r rune) rune {
		if jobs.ValidID(string(r)) {
			return r
		}

		return '-'
	}, name)
}
