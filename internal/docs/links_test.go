package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile("[^a-z0-9 _-]")
)

// Every link from one document to another leads somewhere, and so does its anchor.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()

	checked := 0

	for _, document := range documents(t) {
		text := read(t, document)

		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}

			checked++

			to := document
			if target != "" {
				to = filepath.Join(filepath.Dir(document), target)
			}

			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link %s leads nowhere", document, found[1])
				continue
			}

			if anchor != "" && !anchors(read(t, to))[anchor] {
				t.Errorf("%s: %s has no heading %s", document, to, anchor)
			}
		}
	}

	require.Greater(t, checked, 50, "the search finds links")
}

// The README is an introduction. What is longer belongs into docs.
func TestTheREADMEIsShort(t *testing.T) {
	t.Parallel()

	require.LessOrEqual(t, strings.Count(read(t, filepath.Join(root, "README.md")), "\n"), 150)
}

// Every page of docs is in its index.
func TestTheIndexHasEveryPage(t *testing.T) {
	t.Parallel()

	index := read(t, filepath.Join(root, "docs", "README.md"))
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	require.NoError(t, err)

	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" {
			require.Contains(t, index, "]("+name+")")
		}
	}
}

func documents(t *testing.T) []string {
	t.Helper()

	var found []string

	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			found = append(found, path)
		}

		return nil
	}))

	return found
}

func read(t *testing.T, path string) string {
	t.Helper()

	text, err := os.ReadFile(path)
	require.NoError(t, err)

	return string(text)
}

// anchors are those of a document's headings, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := make(map[string]bool)

	for _, line := range heading.FindAllStringSubmatch(text, -1) {
		name := dropped.ReplaceAllString(strings.ToLower(line[1]), "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}

	return found
}
