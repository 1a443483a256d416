package profile

import "time"

// A Profile describes one family of the API. It does not change once read.
type Profile struct {
	// Name is what programs and commands call it.
	Name string `json:"name"`
	// About says in a sentence what the family is for.
	About string `json:"about"`
	// File is where it was read from, empty for a built-in one.
	File string `json:"-"`
	// Operations are what the family can be asked to do, each once.
	Operations []Operation `json:"operations"`
}

// An Operation is one request and its answer. Its own mark is that of its method and path.
type Operation struct {
	Evidence

	// Name is one of Operations().
	Name string `json:"name"`
	// Method is GET, POST, PUT or DELETE.
	Method string `json:"method"`
	// Path follows the base URL. A segment such as {cardId} is replaced by the value of the member of PathValues of that name.
	Path string `json:"path"`

	// PathValues fill the path's segments in braces.
	PathValues []Member `json:"path_values,omitempty"`
	// Query and Headers are sent where they have a value.
	Query   []Member `json:"query,omitempty"`
	Headers []Member `json:"headers,omitempty"`
	// Encrypted is the member of the request that carries a JWE; nil without one.
	Encrypted *Encrypted `json:"encrypted,omitempty"`
	// Request are the members of the request's body.
	Request []Member `json:"request,omitempty"`
	// Answer are the members that are read of the answer.
	Answer []Read `json:"answer,omitempty"`
	// Statuses are the HTTP statuses of success. Refusals are decided by the verdict table.
	Statuses []Status `json:"statuses"`
	// Values are the values that members of the answer can have, with what they mean.
	Values []Value `json:"values,omitempty"`
	// Limits bound one request.
	Limits Limits `json:"limits,omitzero"`
	// Polling says how often to ask again.
	Polling *Polling `json:"polling,omitempty"`
}

// A Member is one place of a request and the value that stands there.
type Member struct {
	Evidence

	// Path leads to the member: names joined by dots. A name with [] behind it is a list, which is sent with one element.
	Path string `json:"path"`
	// From names the Source of the value. Empty for an object that has to be there for the members below it.
	From string `json:"from,omitempty"`
	// Required: it stands wherever the object does that holds it, empty if need be. Others are left out without a value.
	Required bool `json:"required,omitempty"`
}

// Encrypted is a member that carries a JWE.
type Encrypted struct {
	Evidence

	// Member is the path of the JWE in the request's body.
	Member string `json:"member"`
	// Holds says what is encrypted: HoldsCard or HoldsRecords.
	Holds string `json:"holds"`
	// Under is the member of the plaintext that holds it; empty where it is the plaintext itself.
	Under string `json:"under,omitempty"`
	// Schema is what OpenAPI descriptions call the plaintext; for `worker profiles check` alone.
	Schema string `json:"schema,omitempty"`
	// Members are those of the plaintext: of the card, or of each record.
	Members []Member `json:"members"`
}

// What can be encrypted.
const (
	HoldsCard    = "card"    // one card, an object
	HoldsRecords = "records" // a list of records, each a card and its consumer
)

// A Read is one place of an answer and what is made of it.
type Read struct {
	Evidence

	// Path leads to the member, as in Member. Of a list the first element is read, except for the list of records.
	Path string `json:"path"`
	// Into names the Target.
	Into string `json:"into"`
	// Required: an answer without it is not what was asked for.
	Required bool `json:"required,omitempty"`
}

// A Status is an HTTP status of success and the verdict that it leads to, if the answer holds what was asked for.
type Status struct {
	Evidence

	Status  int    `json:"status"`
	Verdict string `json:"verdict"`
}

// A Value is one value of a member that is read, and what it means.
type Value struct {
	Evidence

	// Of names the Target that has the value.
	Of string `json:"of"`
	// Value is compared without regard to case.
	Value string `json:"value"`
	// Verdict is the name of a verdict, or ByReason.
	Verdict string `json:"verdict"`
}

// ByReason is the verdict of a value that says only that something failed: the verdict table decides by the reason.
const ByReason = "by_reason"

// Limits bound one request. Zero: no limit is known.
type Limits struct {
	// Records is how many records a request may hold.
	Records Limit `json:"records,omitzero"`
	// Bytes is how long a request's body may be.
	Bytes Limit `json:"bytes,omitzero"`
}

// A Limit is one number.
type Limit struct {
	Evidence

	Value int `json:"value"`
}

// Polling says when to ask for a result: after First, then at growing intervals up to Most.
type Polling struct {
	Evidence

	First Duration `json:"first"`
	Most  Duration `json:"most"`
}

// Duration is written as Go writes durations: 90s, 10m.
type Duration time.Duration

// Operation returns the operation of a name.
func (p *Profile) Operation(name string) (Operation, bool) {
	for _, operation := range p.Operations {
		if operation.Name == name {
			return operation, true
		}
	}

	return Operation{}, false
}
