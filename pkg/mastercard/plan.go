package mastercard

import (
	"fmt"
	"net/http"
	"strings"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// A plan is an operation of a profile, compiled for being carried out.
type plan struct {
	operation Operation
	profile   string // its name
	method    string
	path      []slot
	query     []slot
	headers   []slot
	body      *node // nil without one
	encrypted *encryptedPlan
	answer    answerPlan
	statuses  map[int]Verdict
	limits    profile.Limits
	polling   profile.Polling
}

// A slot is a name and the value that stands there.
type slot struct {
	name  string
	value getter
}

// encryptedPlan writes what is encrypted.
type encryptedPlan struct {
	holds   string
	under   string
	members *node
}

// planSet are the plans of the operations that one or several profiles describe.
type planSet map[Operation]*plan

// newPlans compiles profiles: under the name of each that of all operations, first as it describes them, else as the profiles by
// default do; and those alone under the empty name.
func newPlans(config Config) (map[string]planSet, error) {
	defaults, err := profile.Default()
	if err != nil {
		return nil, err
	}

	base := planSet{}
	if err := base.add(defaults, config); err != nil {
		return nil, err
	}

	all := map[string]planSet{"": base}

	for _, one := range config.Profiles {
		if all[one.Name] != nil {
			return nil, fmt.Errorf("two profiles are named %s", one.Name)
		}

		set := planSet{}
		if err := set.add([]*profile.Profile{one}, config); err != nil {
			return nil, err
		}

		for operation, way := range base {
			if set[operation] == nil {
				set[operation] = way
			}
		}

		all[one.Name] = set
	}

	return all, nil
}

// add compiles the operations of profiles. Of one that several describe, the first is taken.
func (s planSet) add(profiles []*profile.Profile, config Config) error {
	for _, from := range profiles {
		for _, described := range from.Operations {
			name := Operation(described.Name)
			if s[name] != nil || !name.valid() {
				continue
			}

			made, err := newPlan(from.Name, described, config)
			if err != nil {
				return fmt.Errorf("profile %s: operation %s: %w", from.Name, described.Name, err)
			}

			s[name] = made
		}
	}

	return nil
}

func newPlan(from string, described profile.Operation, config Config) (*plan, error) {
	made := &plan{
		operation: Operation(described.Name),
		profile:   from,
		method:    described.Method,
		path:      pathSlots(described),
		query:     slots(described.Query),
		headers:   headerSlots(described.Headers, config),
		statuses:  map[int]Verdict{},
		limits:    described.Limits,
	}

	for _, status := range described.Statuses {
		verdict := Verdict(status.Verdict)
		if !verdict.Valid() {
			return nil, fmt.Errorf("statuses: verdict %.40q of status %d is none of the verdicts", verdict, status.Status)
		}

		made.statuses[status.Status] = verdict
	}

	if described.Polling != nil {
		made.polling = *described.Polling
	}

	if described.Method == http.MethodPost || described.Method == http.MethodPut {
		made.body = newDocument(placed(described.Request, config.ComplianceAt))
	}

	if e := described.Encrypted; e != nil {
		made.body.at(e.Member).text = func(v *values) string { return v.encrypted }
		made.encrypted = &encryptedPlan{holds: e.Holds, under: e.Under, members: newDocument(e.Members)}
	}

	var err error
	made.answer, err = newAnswerPlan(described)

	return made, err
}

func slots(members []profile.Member) []slot {
	texts := getters()
	all := make([]slot, len(members))

	for i, member := range members {
		all[i] = slot{member.Path, texts[member.From]}
	}

	return all
}

// pathSlots are the segments of the path: those in braces have a value, the others their name.
func pathSlots(described profile.Operation) []slot {
	texts := getters()

	var all []slot

	for segment := range strings.SplitSeq(strings.TrimPrefix(described.Path, "/"), "/") {
		name, variable := strings.CutPrefix(segment, "{")
		if !variable {
			all = append(all, slot{name: segment})
			continue
		}

		for _, member := range described.PathValues {
			if member.Path == strings.TrimSuffix(name, "}") {
				all = append(all, slot{member.Path, texts[member.From]})
			}
		}
	}

	return all
}

func headerSlots(members []profile.Member, config Config) []slot {
	var all []slot

	for _, one := range slots(members) {
		one.name = http.CanonicalHeaderKey(one.name)
		all = append(all, one)
	}

	if !config.OmitClientID {
		return all
	}

	var kept []slot

	for i, member := range members {
		if member.From != "client.id" {
			kept = append(kept, all[i])
		}
	}

	return kept
}

// placed moves the consents into the consumer, where the setting says so.
func placed(members []profile.Member, at CompliancePlace) []profile.Member {
	if at != ComplianceInConsumer {
		return members
	}

	moved := make([]profile.Member, len(members))

	for i, member := range members {
		if strings.HasPrefix(member.From, "compliance.") && !strings.HasPrefix(member.Path, "consumer.") {
			member.Path = "consumer." + member.Path
		}

		moved[i] = member
	}

	return moved
}

// missing names a value of the path that the request does not have: without it the path would be another.
func (p *plan) missing(v *values) string {
	for _, segment := range p.path {
		if segment.value == nil {
			continue
		}
		if value := segment.value(v); value == "" || value == "." || value == ".." {
			return segment.name
		}
	}

	return ""
}

// segments returns the path's segments with their values in place.
func (p *plan) segments(v *values) []string {
	all := make([]string, len(p.path))

	for i, segment := range p.path {
		all[i] = segment.name
		if segment.value != nil {
			all[i] = segment.value(v)
		}
	}

	return all
}

// parameters returns the query.
func (p *plan) parameters(v *values) []parameter {
	all := make([]parameter, len(p.query))
	for i, one := range p.query {
		all[i] = parameter{one.name, one.value(v)}
	}

	return all
}

// write returns the body, nil where there is none.
func (p *plan) write(this *call) ([]byte, *finding) {
	if this.compose != nil {
		return this.compose()
	}
	if this.seal != nil {
		if problem := this.seal(p, &this.values); problem != nil {
			return nil, problem
		}
	}
	if p.body == nil {
		return nil, nil
	}

	out := newWriter(len(this.values.encrypted) + usualBody)
	p.body.write(out, &this.values)

	switch limit := p.limits.Bytes.Value; {
	case out.err != nil:
		return nil, invalidRequest("", "INVALID_FORMAT", fmt.Sprintf("encoding the request: %v", out.err))
	case limit > 0 && out.len() > limit:
		return nil, tooLarge(fmt.Sprintf("the request has %d bytes; profile %s allows %d", out.len(), p.profile, limit))
	}

	return out.data, nil
}

// usualBody is what a request has beside its encrypted member.
const usualBody = 2048
