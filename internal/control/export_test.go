package control

// SweepAt lets a test say what time it is; only the server's clock could otherwise.
var SweepAt = (*Bucket).sweepAt //nolint:gochecknoglobals // a name for a method
