package bulk

import "enroll.example/clicktopay/internal/bulk/check"

// mustSeeEnd reports whether the source must be seen to its end before anything of it is sent.
func (o Options) mustSeeEnd() bool { return o.Ending != check.Ending{} || o.Input.Trailer != nil }
