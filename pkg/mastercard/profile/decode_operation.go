package profile

import (
	"encoding/json"
	"fmt"
)

// operationText is an Operation whose lists are not read yet, so that an error can name the entry.
type operationText struct {
	Evidence

	Name   string `json:"name"`
	Method string `json:"method"`
	Path   string `json:"path"`

	PathValues []json.RawMessage `json:"path_values"`
	Query      []json.RawMessage `json:"query"`
	Headers    []json.RawMessage `json:"headers"`
	Encrypted  json.RawMessage   `json:"encrypted"`
	Request    []json.RawMessage `json:"request"`
	Answer     []json.RawMessage `json:"answer"`
	Statuses   []json.RawMessage `json:"statuses"`
	Values     []json.RawMessage `json:"values"`
	Limits     json.RawMessage   `json:"limits"`
	Polling    json.RawMessage   `json:"polling"`
}

func parseOperation(text []byte) (Operation, []error) {
	var read operationText
	if err := strictly(text, &read); err != nil {
		return Operation{Name: read.Name}, []error{err}
	}

	operation := Operation{Name: read.Name, Method: read.Method, Path: read.Path, Evidence: read.Evidence}

	var faults []error

	operation.PathValues = entries[Member](&faults, "path_values", read.PathValues)
	operation.Query = entries[Member](&faults, "query", read.Query)
	operation.Headers = entries[Member](&faults, "headers", read.Headers)
	operation.Request = entries[Member](&faults, "request", read.Request)
	operation.Answer = entries[Read](&faults, "answer", read.Answer)
	operation.Statuses = entries[Status](&faults, "statuses", read.Statuses)
	operation.Values = entries[Value](&faults, "values", read.Values)
	operation.Encrypted = parseEncrypted(&faults, read.Encrypted)
	operation.Polling = one[Polling](&faults, "polling", read.Polling)

	if limits := one[Limits](&faults, "limits", read.Limits); limits != nil {
		operation.Limits = *limits
	}

	if len(faults) == 0 {
		faults = operation.check()
	}

	return operation, faults
}

func parseEncrypted(faults *[]error, text json.RawMessage) *Encrypted {
	type encryptedText struct {
		Encrypted

		Members []json.RawMessage `json:"members"`
	}

	read := one[encryptedText](faults, "encrypted", text)
	if read == nil {
		return nil
	}

	read.Encrypted.Members = entries[Member](faults, "encrypted.members", read.Members)

	return &read.Encrypted
}

// mostEntries bounds a list: no operation has a tenth of it.
const mostEntries = 500

// entries reads each entry of a list by itself, so that one that is wrong hides no other.
func entries[T any](faults *[]error, list string, texts []json.RawMessage) []T {
	var all []T

	if len(texts) > mostEntries {
		*faults = append(*faults, fmt.Errorf("%s has more than %d entries", list, mostEntries))

		return nil
	}

	for i, text := range texts {
		var entry T
		if err := strictly(text, &entry); err != nil {
			*faults = append(*faults, fmt.Errorf("%s: %w", naming(list+" entry", i, pathOf(text)), err))
		}

		all = append(all, entry)
	}

	return all
}

func one[T any](faults *[]error, member string, text json.RawMessage) *T {
	if len(text) == 0 || string(text) == "null" {
		return nil
	}

	var value T
	if err := strictly(text, &value); err != nil {
		*faults = append(*faults, fmt.Errorf("%s: %w", member, err))

		return nil
	}

	return &value
}

// pathOf is the path of an entry that could not be read as a whole.
func pathOf(text []byte) string {
	var entry struct {
		Path string `json:"path"`
	}

	_ = json.Unmarshal(text, &entry) // it is there or not

	return entry.Path
}
