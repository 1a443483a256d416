package browser_test

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/axe.min.js
var axe string

// shots writes the pictures of the documents anew.
//
//nolint:gochecknoglobals // a flag of the test binary
var shots = flag.Bool("shots", false, "write the pictures in docs/images anew")

// pages are all pages by the names of their pictures.
func pages() map[string]string {
	return map[string]string{
		"now": "/", "files": "/files", "file": "/file?id=cards-2026-11", "jobs": "/jobs", "job": "/job?id=retried", "codes": "/codes",
		"letters": "/letters", "doubt": "/doubt", "acts": "/acts", "keys": "/keys", "doctor": "/doctor",
		"unseen": "/job?id=" + "%3Cimg%20src%3Dx%20onerror%3D%22document.title%3D%27run%27%22%3E", "missing": "/no-such-page",
		"codes since": "/codes?since=1h", "jobs enrolled": "/jobs?status=enrolled", "jobs in doubt": "/jobs?status=in_doubt",
	}
}

// inBook are the pages of which docs/images has a picture.
func inBook() []string {
	return []string{"now", "files", "file", "jobs", "job", "codes", "letters", "doubt", "acts", "keys", "doctor"}
}

// violation is what axe finds.
type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (b *tab) violations() []violation {
	b.t.Helper()
	evaluate[bool](b, axe+"; true")

	return evaluate[[]violation](b, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations)`, chromedp.EvalAwaitPromise)
}

// Each page can be read by everybody, at any width, in the dark and in the light, and runs nothing that others have sent.
func TestEveryPageCanBeReadByEverybody(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.story()

	b := s.as("ana")
	b.goTo("/doctor")
	b.click("main form button")
	b.shows("warnings")

	for _, width := range []int64{360, 1280, 2560} {
		for _, colors := range []string{"light", "dark"} {
			b.looks(width, colors)

			for name, path := range pages() {
				b.goTo(path)
				where := fmt.Sprintf("%s at %d in the %s", name, width, colors)

				require.Empty(t, b.violations(), where)
				require.LessOrEqual(t, evaluate[int64](b, "document.documentElement.scrollWidth"), width, "%s: nothing is beside the page", where)
				require.NotEqual(t, "run", evaluate[string](b, "document.title"), "%s: what others have sent has run", where)
				require.Zero(t, evaluate[int](b, "document.querySelectorAll('main img').length"), where)
				require.NotContains(t, b.text(), card, where)
			}
		}
	}

	b.looks(360, "dark")
	s.signInPage(b)
}

// signInPage is looked at by somebody who is not signed in.
func (s *site) signInPage(b *tab) {
	s.t.Helper()
	b.goTo("/")
	b.click(".who button")
	b.shows("Password")
	require.Empty(s.t, b.violations())
	b.signIn("ana")
}

// The pictures of the documents are of pages that say what they should; they are written if that is asked for.
func TestPicturesOfTheDocuments(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.told("")
	s.stop() // the next one looks at the last hour when it starts
	s.start()

	b := s.as("ana")
	b.shows("halted")
	b.goTo("/doctor")
	b.click("main form button")
	b.shows("warnings")

	if *shots {
		s.pictures(b)
	}
}

// pictures writes them.
func (s *site) pictures(b *tab) {
	s.t.Helper()

	dir := filepath.Join("..", "..", "docs", "images")
	require.NoError(s.t, os.MkdirAll(dir, 0o755))

	for _, colors := range []string{"light", "dark"} {
		b.looks(1280, colors)

		for _, name := range inBook() {
			if colors == "dark" && name != "now" {
				continue
			}

			b.goTo(pages()[name])
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			require.NoError(s.t, err)

			file := "console-" + name
			if colors == "dark" {
				file += "-dark"
			}

			require.NoError(s.t, os.WriteFile(filepath.Join(dir, file+".png"), smaller(s.t, picture), 0o600))
		}
	}
}
