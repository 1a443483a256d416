package browser_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/pkg/store"
)

// acts are those that were kept, the latest first.
func (s *site) acts() []store.OperatorAct {
	all, err := s.ledger.OperatorActs(s.t.Context(), store.ActFilter{Limit: 20})
	require.NoError(s.t, err)

	return all
}

// Each act is done by clicking.
func TestEveryActIsAFewClicks(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.story()
	b := s.as("ana")

	// Pause and resume.
	b.click("#p-gold details.act summary")
	b.do(chromedp.SendKeys("#why-gold", "key ceremony "+markup), chromedp.Click("#p-gold details.act button"))
	b.shows("gold paused: within seconds workers take no more of these jobs")
	b.shows("key ceremony <img")
	b.click(`#p-gold form[action="/programs/resume"] button`)
	b.shows("gold resumed.")
	b.click(`#p-gold form[action="/programs/lift"] button`)
	b.shows("The cool-down of gold ends at all workers within seconds.")

	// Find a card, and a job by its id.
	b.goTo("/jobs")
	b.do(chromedp.SendKeys("#number", card), chromedp.Submit("#number"))
	b.shows("Jobs of this card")
	b.shows("one.card")
	require.NotContains(t, evaluate[string](b, "location.href"), card)
	b.goTo("/jobs")
	b.do(chromedp.SendKeys("#card_key", card), chromedp.Submit("#card_key"))
	b.shows("could be a card number")
	b.goTo("/jobs")
	b.do(chromedp.SetValue("#status", "enrolled"), chromedp.Submit("#status"))
	b.shows("Jobs: enrolled, the latest first")
	b.shows("cards-2026-11.4119")
	b.goTo("/jobs")
	b.do(chromedp.SendKeys("#id", "retried"), chromedp.Submit("#id"))
	b.shows("Timeline")
	b.shows("Call 2: rejected")
	b.shows("Published")
	b.shows("Its event was published")
	require.Equal(t, "https://traces.example/trace/4bf92f3577b34da6a3ce929d0e0e4736", evaluate[string](b, "document.querySelector('.timeline a').href"))

	// Cancel a file.
	b.goTo("/file?id=platinum-reissue")
	b.click("details.act summary")
	b.do(chromedp.SendKeys("#why", "wrong file"), chromedp.Click("details.act button"))
	b.shows("platinum-reissue is canceled")

	// Count dead letters, bring them back slowly, and stop that.
	b.goTo("/letters")
	b.click(`form[action="/letters/count"] button`)
	b.shows("would be 7")
	b.click(`header details.act summary`)
	b.do(chromedp.SendKeys("#rate-all", "0.01"), chromedp.SendKeys("#why-all", "the API is back"), chromedp.Click("header details.act button"))
	b.shows("bring back at 0.01/s")
	b.click(`form[action="/letters/cancel"] button`)
	b.shows("canceled; the same again does the rest, and nothing twice")

	// Resolve two that are in doubt.
	b.goTo("/doubt")
	b.do(chromedp.Click("tbody tr:nth-child(1) input"), chromedp.Click("tbody tr:nth-child(2) input"),
		chromedp.SetValue("#as", "not_enrolled"), chromedp.SendKeys("#why", "asked the issuer"), chromedp.Click("main form button"))
	b.shows("2 of 2 jobs resolved as not enrolled.")

	b.goTo("/acts")
	b.shows("asked the issuer")
	eventually.True(t, func() bool { return s.acts()[2].Status == store.ActInterrupted }, patience, tick, "the run was stopped")
}

func TestAViewerSeesNoActs(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.story()
	b := s.as("bob")

	for name, path := range pages() {
		b.goTo(path)
		require.Zero(t, evaluate[int](b, `document.querySelectorAll("main details.act, main input[type=checkbox], main form[action*='/letters/']").length`), name)
	}

	b.goTo("/jobs") // a form that he was not given
	evaluate[bool](b, `(() => { const f = document.querySelector("main form"); f.action = "/programs/pause"; f.submit(); return true })()`)
	b.shows("You may read, and not act.")
	require.Equal(t, store.ActRefused, s.acts()[0].Status)
	require.Equal(t, "bob", s.acts()[0].Who)
}

func TestAWrongPassword(t *testing.T) {
	t.Parallel()

	b := newSite(t).open()
	b.goTo("/")
	b.do(chromedp.SendKeys("#name", "ana"), chromedp.SendKeys("#password", "wrong"), chromedp.Submit("#name"))
	b.shows("The name or the password is wrong.")
}

func TestPagesChangeByThemselvesAndSayWhenTheyCannot(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	b := s.as("ana")
	b.shows("No worker runs.")
	evaluate[bool](b, "window.same = true")

	s.present(control.Presence{Worker: "late", Programs: []control.ProgramPresence{{Name: "gold"}}})
	b.shows("late")
	require.True(t, evaluate[bool](b, "window.same"), "the page was not loaded anew")

	s.stop()
	b.shows("The console does not answer.")
	s.start() // sessions are signed by a key of the process
	b.shows("Your session has ended.")
}

// What is being filled in stays, and the page says that it waits.
func TestAFormThatIsOpenStaysAsItIs(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.present(control.Presence{Worker: "early", Programs: []control.ProgramPresence{{Name: "gold"}}})

	b := s.as("ana")
	b.shows("early")
	b.click("#p-gold details.act summary")
	b.do(chromedp.SendKeys("#why-gold", "half a rea"))
	b.shows("Nothing is brought up to date while a form is open.")
	require.Equal(t, "half a rea", evaluate[string](b, `document.querySelector("#why-gold").value`))

	s.present(control.Presence{Worker: "late", Programs: []control.ProgramPresence{{Name: "gold"}}})
	b.do(chromedp.SendKeys("#why-gold", "son"))
	require.NotContains(t, b.text(), "late")

	b.click("#p-gold details.act summary")
	b.do(chromedp.Focus("main"))
	b.shows("late")
	require.NotContains(t, b.text(), "Nothing is brought up to date")
}

// A browser without scripts reads and acts like any other.
func TestScriptsAreNotNeeded(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.story()

	b := s.open()
	b.withoutScripts()
	b.signIn("ana")
	b.click("#p-gold details.act summary")
	b.do(chromedp.SendKeys("#why-gold", "without scripts"), chromedp.Click("#p-gold details.act button"))
	b.do(chromedp.WaitVisible(".banner.good"))

	pauses, err := control.New(s.js).Pauses(t.Context())
	require.NoError(t, err)
	require.Equal(t, "gold", pauses[0].Program)
}

// All can be done by the keyboard: the first key leads past the navigation, and what has the focus shows it.
func TestTheKeyboardIsEnough(t *testing.T) {
	t.Parallel()

	s := newSite(t)
	s.story()
	b := s.as("ana")

	b.do(chromedp.KeyEvent("\t"))
	require.Equal(t, "Skip to the content", evaluate[string](b, "document.activeElement.innerText"))
	b.do(chromedp.KeyEvent("\r"))
	require.Equal(t, "main", evaluate[string](b, "document.activeElement.id"))

	b.do(chromedp.Focus("#p-gold details.act summary"), chromedp.KeyEvent("\r"))
	require.True(t, evaluate[bool](b, `document.querySelector("#p-gold details.act").open`))
	require.NotEqual(t, "none", evaluate[string](b, "getComputedStyle(document.activeElement).outlineStyle"))
	b.do(chromedp.KeyEvent("\t"), chromedp.KeyEvent("by hand"), chromedp.KeyEvent("\r"))
	b.shows("gold paused")
}
