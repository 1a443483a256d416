package profile

// Unconfirmed returns the entries of an operation that are inferred or unknown and that a call needs: what every call has, the
// values that fills says may be sent, and the members and words of the answer that decide what it came to. Limits and intervals
// are not among them, since they bound us alone; nor are members of the answer that are only noted.
func (o *Operation) Unconfirmed(fills func(source string) bool) []Entry {
	var all []Entry

	for _, entry := range o.Entries() {
		if entry.Mark != Confirmed && entry.needed(fills) {
			all = append(all, entry)
		}
	}

	return all
}

func (e Entry) needed(fills func(source string) bool) bool {
	switch e.Part {
	case PartPath, PartPathValue, PartEncrypted, PartStatus, PartValue:
		return true
	case PartQuery, PartHeader, PartRequest, PartPlain:
		return fills(e.Is) || e.Is == "" && e.Required
	case PartAnswer:
		return e.Required
	default:
		return false
	}
}
