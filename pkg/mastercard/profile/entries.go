package profile

import (
	"fmt"
	"strconv"
	"strings"
)

// An Entry is one thing that a profile says, with its mark.
type Entry struct {
	Evidence

	// Operation is the name of the operation.
	Operation string `json:"operation"`
	// Part is where it stands in the operation: one of the Part constants.
	Part string `json:"part"`
	// Name is the path of a member, a status, a value, or the name of a limit.
	Name string `json:"name"`
	// Is is the source, the target, the verdict or the number that belongs to it; empty for an object.
	Is string `json:"is,omitempty"`
	// Required as in Member and Read. What has no choice is required.
	Required bool `json:"required,omitempty"`
}

// The parts of an operation.
const (
	PartPath      = "path" // method and path
	PartPathValue = "path value"
	PartQuery     = "query"
	PartHeader    = "header"
	PartEncrypted = "encrypted"        // the member that carries the JWE
	PartPlain     = "encrypted member" // a member of the plaintext
	PartRequest   = "request"
	PartAnswer    = "answer"
	PartStatus    = "status"
	PartValue     = "value"
	PartLimit     = "limit"
	PartPolling   = "polling"
)

// Entries lists all that the profile says, in the order of its file.
func (p *Profile) Entries() []Entry {
	var all []Entry
	for i := range p.Operations {
		all = append(all, p.Operations[i].Entries()...)
	}

	return all
}

// Entries lists all that the operation says.
func (o *Operation) Entries() []Entry {
	var all []Entry

	add := func(part, name, is string, required bool, evidence Evidence) {
		all = append(all, Entry{
			Evidence: evidence, Operation: o.Name, Part: part, Name: name, Is: is, Required: required,
		})
	}
	members := func(part string, list []Member) {
		for _, m := range list {
			add(part, m.Path, m.From, m.Required, m.Evidence)
		}
	}

	add(PartPath, o.Method+" "+o.Path, "", true, o.Evidence)
	members(PartPathValue, o.PathValues)
	members(PartQuery, o.Query)
	members(PartHeader, o.Headers)

	if e := o.Encrypted; e != nil {
		add(PartEncrypted, e.Member, e.Holds, true, e.Evidence)
		members(PartPlain, e.Members)
	}

	members(PartRequest, o.Request)

	for _, read := range o.Answer {
		add(PartAnswer, read.Path, read.Into, read.Required, read.Evidence)
	}

	for _, status := range o.Statuses {
		add(PartStatus, strconv.Itoa(status.Status), status.Verdict, false, status.Evidence)
	}

	for _, value := range o.Values {
		add(PartValue, value.Of+" "+value.Value, value.Verdict, true, value.Evidence)
	}

	if limit := o.Limits.Records; limit.Value > 0 {
		add(PartLimit, "records", strconv.Itoa(limit.Value), false, limit.Evidence)
	}
	if limit := o.Limits.Bytes; limit.Value > 0 {
		add(PartLimit, "bytes", strconv.Itoa(limit.Value), false, limit.Evidence)
	}
	if polling := o.Polling; polling != nil {
		add(PartPolling, "interval", fmt.Sprintf("%s to %s", polling.First, polling.Most), false, polling.Evidence)
	}

	return all
}

// Counts says how many entries have which mark, and of the confirmed ones which source.
type Counts struct {
	Entries   int            `json:"entries"`
	Confirmed int            `json:"confirmed"`
	Inferred  int            `json:"inferred"`
	Unknown   int            `json:"unknown"`
	Sources   map[string]int `json:"sources,omitempty"`
}

// Count counts entries by their marks.
func Count(entries []Entry) Counts {
	counts := Counts{Entries: len(entries), Sources: map[string]int{}}

	for _, entry := range entries {
		switch entry.Mark {
		case Confirmed:
			counts.Confirmed++
			counts.Sources[entry.Source]++
		case Inferred:
			counts.Inferred++
		default:
			counts.Unknown++
		}
	}

	return counts
}

// String says the counts in a line.
func (c Counts) String() string {
	var sources []string

	for _, kind := range SourceKinds() {
		if c.Sources[kind] > 0 {
			sources = append(sources, fmt.Sprintf("%s %d", kind, c.Sources[kind]))
		}
	}

	confirmed := strconv.Itoa(c.Confirmed) + " confirmed"
	if len(sources) > 0 {
		confirmed += " (" + strings.Join(sources, ", ") + ")"
	}

	return fmt.Sprintf("%d entries: %s, %d inferred, %d unknown", c.Entries, confirmed, c.Inferred, c.Unknown)
}
