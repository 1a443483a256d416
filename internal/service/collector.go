package service

import "runtime/debug"

// collectAt is by how much of what is in use the heap grows until it is collected, in percent. Nearly all that a job allocates is
// garbage soon after, and what is in use is small: half as many collections as by Go's default cost a worker some 15 MB and save
// it 7 % of its processor time, 12 % on the batch lane.
const collectAt = 200

// TuneCollector has the process collect garbage less often than by Go's default, unless GOGC says how often. GOMEMLIMIT holds
// all the same. It is for a process that is a worker and nothing else.
func TuneCollector(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}
