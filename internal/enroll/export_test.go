package enroll

// Unobserved is the observer of a worker that nobody watches, for those of tests to build on.
func Unobserved() Observer { return unobserved{} } //nolint:ireturn // unobserved has no name outside
