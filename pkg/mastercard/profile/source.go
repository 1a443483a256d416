package profile

import "slices"

// A Source is a value that the code can put into a request.
type Source struct {
	// Name is what a Member refers to.
	Name string
	// About says what it is.
	About string
	// Object: the value is an object of a fixed form, not a text.
	Object bool
	// Secret: it may stand in the encrypted member only.
	Secret bool
	// Values are all values that it can have; nil where there are many.
	Values []string
	// Samples are values of it, among them the shortest and the longest.
	Samples []string
}

// SourcesOf returns the values that a request of an operation may hold: in its encrypted member, or outside of it.
func SourcesOf(operation string, encrypted bool) []Source {
	groups := map[string][][]Source{
		Enroll:         {programSources(), consumerSources(), consentSources(), enrollSources(), directorySources()},
		ReadCard:       {programSources(), cardSources()},
		Unenroll:       {programSources(), cardSources(), removalSources()},
		EnrollBatch:    {programSources(), batchSources()},
		BatchStatus:    {programSources(), batchSources()},
		UpdateCard:     {programSources(), cardSources(), billingSources()},
		ReadConsumer:   {programSources(), consumerIDSources()},
		UpdateConsumer: {programSources(), consumerIDSources(), consumerSources()},
		ForgetConsumer: {programSources(), consumerIDSources()},
	}[operation]

	if encrypted {
		groups = [][]Source{
			plainCardSources(), billingSources(), consumerSources(), consentSources(), directorySources(), recordSources(),
		}
	}

	return slices.Concat(groups...)
}

// FindSource returns the source of a name that a request of the operation may hold.
func FindSource(operation string, encrypted bool, name string) (Source, bool) {
	all := SourcesOf(operation, encrypted)

	at := slices.IndexFunc(all, func(s Source) bool { return s.Name == name })
	if at < 0 {
		return Source{}, false
	}

	return all[at], true
}
