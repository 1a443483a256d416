package rejects

// Mark is how long the rejects file was, and what was in it.
type Mark struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}
