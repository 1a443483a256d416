package store

// What the store asks, for tests of the plans.
const (
	OverdueSQL = overdueSQL
	ExtendSQL  = extendSQL
	LockSQL    = lockSQL
)
