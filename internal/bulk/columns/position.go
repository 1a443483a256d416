package columns

// Position is the end of a row up to which all are settled: on the queue or rejected.
type Position struct {
	Row    int64 `json:"row"`
	Line   int64 `json:"line"`      // on which that row begins
	Next   int64 `json:"next_line"` // on which the one after it can begin
	Offset int64 `json:"offset"`    // in bytes, behind a byte order mark
}
