package sample

// Enrolling is enrolling.
func Enrolling() []int { return enrolling() }
