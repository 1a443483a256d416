package profilecheck

// A Difference is one place where profile and description do not agree.
type Difference struct {
	// Operation is the name of the operation in the profile.
	Operation string `json:"operation"`
	// Where is the part of the operation and the member, such as "request consumer.firstName".
	Where string `json:"where"`
	// What says how they differ.
	What string `json:"what"`
	// Put says what to put into the profile, or what else to do.
	Put string `json:"put"`
}

// A Report is what a check came to.
type Report struct {
	Differences []Difference `json:"differences"`
	// Held is how many entries the description has as the profile has them.
	Held int `json:"held"`
	// Unmarked is how many of these are marked inferred or unknown: they may be marked confirmed now.
	Unmarked int `json:"held_and_not_confirmed"`
}
