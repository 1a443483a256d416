package profile

import (
	"errors"
	"fmt"
	"slices"
)

// A Mark says how well an entry is known.
type Mark string

// The marks.
const (
	// Confirmed: read in the source that is named.
	Confirmed Mark = "confirmed"
	// Inferred: concluded, plausible, and read nowhere.
	Inferred Mark = "inferred"
	// Unknown: looked for and not found. The value is a guess.
	Unknown Mark = "unknown"
)

// Evidence is what an entry rests on.
type Evidence struct {
	Mark Mark `json:"mark"`
	// Source is the kind of the source, one of Sources(). A confirmed entry has one; for another it is what was concluded from.
	Source string `json:"source,omitempty"`
	// Note says more, in a sentence.
	Note string `json:"note,omitempty"`
}

// The kinds of sources.
const (
	SourceDoc        = "DOC"  // an official page
	SourceSpec       = "SPEC" // an official OpenAPI description
	SourceReference  = "REF"  // Mastercard's own library or reference application
	SourceThirdParty = "3P"   // a third party's working integration or documentation
)

// SourceKinds lists the kinds of sources.
func SourceKinds() []string {
	return []string{SourceDoc, SourceSpec, SourceReference, SourceThirdParty}
}

const mostNote = 400

func (e Evidence) check() error {
	switch {
	case e.Mark != Confirmed && e.Mark != Inferred && e.Mark != Unknown:
		return fmt.Errorf("mark %.40q is none of confirmed, inferred, unknown", e.Mark)
	case e.Source != "" && !slices.Contains(SourceKinds(), e.Source):
		return fmt.Errorf("source %.40q is none of DOC, SPEC, REF, 3P", e.Source)
	case e.Mark == Confirmed && e.Source == "":
		return errors.New("source is missing: a confirmed entry says where it was read (DOC, SPEC, REF or 3P)")
	case len(e.Note) > mostNote:
		return fmt.Errorf("note is longer than %d characters", mostNote)
	default:
		return nil
	}
}
