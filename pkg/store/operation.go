package store

// The operations: what a job does.
const (
	OperationEnroll   = "enroll"
	OperationUnenroll = "unenroll"
	OperationUpdate   = "update"
	OperationForget   = "forget"
	OperationPush     = "push"
)

// knownOperation reports whether the column takes an operation.
func knownOperation(name string) bool {
	switch name {
	case OperationEnroll, OperationUnenroll, OperationUpdate, OperationForget, OperationPush:
		return true
	default:
		return false
	}
}
