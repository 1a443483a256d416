package console

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"time"

	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/settings"
)

// visit is one request of somebody who may make it.
type visit struct {
	w   http.ResponseWriter
	r   *http.Request
	who access.Identity
	c   *Console
}

// frame is what every page has around what it shows.
type frame struct {
	Title string
	Page  string // of the navigation
	Live  string // the address by which the page is brought up to date; empty: it does not change by itself
	View  any

	Who       access.Identity
	May       bool // act
	ReadsOnly bool // nobody acts at this console
	Now       time.Time
	Note      string
	Sources   []state
	Version   string
	Assets    map[string]asset
}

// problem is an error for the user, with its HTTP status.
type problem struct {
	status int
	text   string
}

func (p problem) Error() string { return p.text }

// refuse is a problem with what was asked for.
func refuse(status int, text string) error { return problem{status, text} }

// mayAct reports whether who asks may act here.
func (v *visit) mayAct() bool { return v.c.Acts && v.who.Role.May(access.Operator) }

// show writes a page.
func (v *visit) show(page, title, live string, view any) error {
	return v.write(http.StatusOK, page, title, live, view)
}

func (v *visit) write(status int, page, title, live string, view any) error {
	f := frame{
		Title: title, Page: within(page), Live: live, View: view,
		Who: v.who, May: v.mayAct(), ReadsOnly: !v.c.Acts, Now: v.c.now(), Sources: v.c.memory.sources(),
		Version: v.c.Version, Assets: v.c.assets,
	}
	if !v.partial() {
		f.Note = v.c.notes.take(v.who)
	}

	var body bytes.Buffer
	if err := v.c.pages[page].ExecuteTemplate(&body, "layout", f); err != nil {
		return err
	}

	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = body.WriteTo(v.w) // an error: whoever asked has gone away

	return nil
}

// within is the page of the navigation that a page belongs to.
func within(page string) string {
	switch page {
	case "file":
		return "files"
	case "job", "card":
		return "jobs"
	default:
		return page
	}
}

// partial reports whether a script asks for what has changed.
func (v *visit) partial() bool { return v.r.Header.Get("Hx-Request") != "" }

// done tells who acted what came of it, on the page that follows.
func (v *visit) done(note, page string) error {
	v.c.memory.stale()

	if note != "" {
		v.c.notes.leave(v.who, note)
	}

	http.Redirect(v.w, v.r, page, http.StatusSeeOther)

	return nil
}

// failed shows an error. What is no word for users is logged, masked.
func (v *visit) failed(err error) {
	var told problem
	if !errors.As(err, &told) {
		v.c.Logger.Error("a page could not be shown", "path", v.r.Pattern, "error", settings.Masked(err.Error()))

		told = problem{http.StatusInternalServerError, settings.Masked(err.Error())}
	}

	if err := v.write(told.status, "message", http.StatusText(told.status), "", told.text); err != nil {
		http.Error(v.w, told.text, told.status)
	}
}

// query is a value of the address.
func (v *visit) query(name string) string { return v.r.URL.Query().Get(name) }

// field is a value of a form.
func (v *visit) field(name string) string { return v.r.PostForm.Get(name) }

// with is an address with values, without those that are empty.
func with(path string, pairs ...string) string {
	values := url.Values{}

	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}

	if len(values) == 0 {
		return path
	}

	return path + "?" + values.Encode()
}
