package browser_test

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const (
	patience = 30 * time.Second
	tick     = 50 * time.Millisecond
)

// tab is a tab of a browser of its own.
type tab struct {
	t    *testing.T
	ctx  context.Context //nolint:containedctx // it is the browser, to the library
	site *site
}

// open opens a browser with nothing in it.
func (s *site) open() *tab {
	s.t.Helper()

	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}

	require.NotEmpty(s.t, path, "these tests need Chromium, such as: apt-get install chromium")

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(s.t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))

	allocated, free := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(allocated)

	s.t.Cleanup(func() {
		end()
		free()
	})

	b := &tab{s.t, ctx, s}
	b.do(chromedp.EmulateViewport(1280, 900))

	return b
}

// as opens a browser and signs in.
func (s *site) as(name string) *tab {
	s.t.Helper()

	b := s.open()
	b.signIn(name)

	return b
}

func (b *tab) signIn(name string) {
	b.t.Helper()
	b.goTo("/signin")
	b.do(chromedp.SendKeys("#name", name), chromedp.SendKeys("#password", password), chromedp.Submit("#name"), chromedp.WaitVisible("nav"))
}

// do takes steps, within a time.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()

	for _, step := range steps {
		require.NoError(b.t, chromedp.Do(b.ctx, step))
	}
}

func (b *tab) goTo(path string) {
	b.t.Helper()
	b.do(chromedp.Navigate(b.site.url + path))
}

// evaluate is what an expression of the page's scripts is.
func evaluate[T any](b *tab, expression string, options ...chromedp.EvaluateOption) T {
	b.t.Helper()

	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, options...))
	require.NoError(b.t, err, expression)

	return value
}

// text is all that a page shows.
func (b *tab) text() string {
	b.t.Helper()

	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText : ''"))
	if err != nil { // between two pages
		return ""
	}

	return text
}

// shows waits until a page shows something.
func (b *tab) shows(want string) {
	b.t.Helper()

	eventually.True(b.t, func() bool { return contains(b.text(), want) }, patience, tick, "the page shows %q", want)
}

// click clicks on what a selector finds first.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.WaitVisible(selector), chromedp.Click(selector))
}

// looks sets width and colors.
func (b *tab) looks(width int64, colors string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: colors}},
		})

		return err
	}))
}

// withoutScripts has pages run none.
func (b *tab) withoutScripts() {
	b.t.Helper()
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})

		return err
	}))
}
