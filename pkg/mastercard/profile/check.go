package profile

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

func (p *Profile) check() []error {
	var faults []error

	if !nameForm.MatchString(p.Name) {
		faults = append(faults, fmt.Errorf("name %.60q is not 1 to 40 of a-z 0-9 - beginning with a letter", p.Name))
	}
	if len(p.Operations) == 0 {
		faults = append(faults, errors.New("operations is missing or empty"))
	}

	seen := map[string]bool{}

	for i, operation := range p.Operations {
		if seen[operation.Name] {
			faults = append(faults, fmt.Errorf("%s: it is described twice", naming("operation", i, operation.Name)))
		}

		seen[operation.Name] = true
	}

	return faults
}

func (o *Operation) check() []error {
	var faults []error

	fault := func(where string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("%s%w", where, err))
		}
	}

	if !slices.Contains(Operations(), o.Name) {
		fault("name ", fmt.Errorf("%.40q is none of %s", o.Name, strings.Join(Operations(), ", ")))

		return faults
	}

	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete}, o.Method) {
		fault("method ", fmt.Errorf("%.20q is none of GET, POST, PUT, DELETE", o.Method))
	}

	fault("", o.Evidence.check())
	fault("", o.checkPath())

	faults = append(faults, o.checkLists()...)
	faults = append(faults, o.checkBody()...)
	faults = append(faults, o.checkAnswer()...)
	faults = append(faults, o.checkLimits()...)

	return faults
}

var segmentForm = regexp.MustCompile(`^([A-Za-z0-9._~-]+|\{[A-Za-z0-9_-]+\})$`)

func (o *Operation) checkPath() error {
	segments, absolute := strings.CutPrefix(o.Path, "/")

	wrong := !absolute || len(o.Path) > mostPath
	for segment := range strings.SplitSeq(segments, "/") {
		wrong = wrong || !segmentForm.MatchString(segment) || segment == "." || segment == ".."
	}

	if wrong {
		return fmt.Errorf("path %.60q is not such as /cards/{cardId}: letters, digits and . _ ~ - in each segment", o.Path)
	}

	for _, name := range o.placeholders() {
		if !slices.ContainsFunc(o.PathValues, func(m Member) bool { return m.Path == name }) {
			return fmt.Errorf("path: path_values has no entry for {%s}", name)
		}
	}

	for _, member := range o.PathValues {
		if !slices.Contains(o.placeholders(), member.Path) {
			return fmt.Errorf("path_values: %.60s is not in the path", member.Path)
		}
	}

	return nil
}

// placeholders are the names in braces.
func (o *Operation) placeholders() []string {
	var names []string

	for segment := range strings.SplitSeq(o.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}

	return names
}

// mostQuery is how many parameters the signing library signs right.
const mostQuery = 8

var (
	queryForm  = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,80}$`)
	headerForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,80}$`)
)

// ours are the headers that the client sets itself.
func ours() []string {
	return []string{
		"Authorization", "Accept", "Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie",
		"Dpop", "Expect", "Host", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}
}

// checkLists looks at what is outside of the body.
func (o *Operation) checkLists() []error {
	var faults []error

	if len(o.Query) > mostQuery {
		faults = append(faults, fmt.Errorf("query has more than %d entries, which cannot be signed", mostQuery))
	}

	for _, list := range []struct {
		name    string
		members []Member
		form    *regexp.Regexp
	}{{"path_values", o.PathValues, queryForm}, {"query", o.Query, queryForm}, {"headers", o.Headers, headerForm}} {
		seen := map[string]bool{}

		for i, member := range list.members {
			err := o.checkMember(member, false)

			switch name := http.CanonicalHeaderKey(member.Path); {
			case err != nil:
			case member.From == "":
				err = errors.New("from is missing")
			case !list.form.MatchString(member.Path):
				err = fmt.Errorf("path %.60q is not a name of letters, digits and -", member.Path)
			case seen[name]:
				err = errors.New("it is given twice")
			case list.name == "headers" && slices.Contains(ours(), name):
				err = fmt.Errorf("the header %s is set by the client itself", name)
			}

			seen[http.CanonicalHeaderKey(member.Path)] = true

			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", naming(list.name+" entry", i, member.Path), err))
			}
		}
	}

	return faults
}

// checkMember looks at what all members have.
func (o *Operation) checkMember(member Member, encrypted bool) error {
	if err := member.Evidence.check(); err != nil {
		return err
	}
	if member.From == "" {
		return nil
	}

	source, known := FindSource(o.Name, encrypted, member.From)

	switch {
	case known && source.Secret && !encrypted:
		return fmt.Errorf("from %.60q may stand in the encrypted member only", member.From)
	case known:
		return nil
	}

	if _, secret := FindSource(o.Name, true, member.From); secret {
		return fmt.Errorf("from %.60q may stand in the encrypted member only", member.From)
	}

	return fmt.Errorf("from %.60q is not a value that %s can send here; see `worker profiles sources`", member.From, o.Name)
}

func (o *Operation) checkLimits() []error {
	var faults []error

	for _, limit := range []struct {
		Limit

		name string
		most int
	}{{o.Limits.Records, "records", 10_000}, {o.Limits.Bytes, "bytes", 16 << 20}} {
		if limit.Value == 0 && limit.Evidence == (Evidence{}) {
			continue
		}
		if limit.Value < 1 || limit.Value > limit.most {
			faults = append(faults, fmt.Errorf("limits.%s: value must be 1 to %d, not %d", limit.name, limit.most, limit.Value))
		}
		if err := limit.Evidence.check(); err != nil {
			faults = append(faults, fmt.Errorf("limits.%s: %w", limit.name, err))
		}
	}

	if o.Polling != nil {
		if o.Polling.First < Duration(time.Second) || o.Polling.Most < o.Polling.First || o.Polling.Most > Duration(24*time.Hour) {
			faults = append(faults, errors.New("polling: first must be 1s or more and no more than most, which must be 24h at most"))
		}
		if err := o.Polling.Evidence.check(); err != nil {
			faults = append(faults, fmt.Errorf("polling: %w", err))
		}
	}

	return faults
}
