package store

import (
	"maps"
	"sync"
	"time"
)

// ambiguousCommits remembers the attempts whose commit was sent and never answered: they
// may stand in the database with a lease that nobody uses. Begin, asked again by
// the same worker, takes such an attempt up instead of waiting its lease out.
type ambiguousCommits struct {
	mu    sync.Mutex
	at    map[commitKey]time.Time // start of the attempt
	prune int                     // at which size old ones are dropped
}

type commitKey struct{ jobID, worker string }

// remembered is for how long: longer than any lease. Below the fewest, old ones are left.
const (
	remembered = time.Hour
	fewest     = 1000
)

// startedAt returns the start of the attempt that may stand for the request's job, or zero.
func (u *ambiguousCommits) startedAt(r BeginRequest) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()

	return u.at[commitKey{r.Job.ID, r.Worker}]
}

// note takes down how a transaction ended that was to begin attempts. The claims are what it may have committed: where it failed,
// as many as it came to.
func (u *ambiguousCommits) note(requests []*BeginRequest, claims []answer[Claim], err error) {
	for i, claim := range claims {
		switch {
		case err == nil && !claim.again:
			u.forget(*requests[i])
		case err != nil && claim.value.Decision == Begun:
			u.remember(*requests[i], claim.value.StartedAt)
		}
	}
}

// remember keeps the start of an attempt whose transaction ended in an error.
func (u *ambiguousCommits) remember(r BeginRequest, startedAt time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()

	if u.at == nil {
		u.at = map[commitKey]time.Time{}
	}

	u.at[commitKey{r.Job.ID, r.Worker}] = startedAt

	if len(u.at) >= u.prune {
		maps.DeleteFunc(u.at, func(_ commitKey, at time.Time) bool { return startedAt.Sub(at) > remembered })
		u.prune = max(fewest, 2*len(u.at))
	}
}

// forget drops what an answer has cleared up.
func (u *ambiguousCommits) forget(r BeginRequest) {
	u.mu.Lock()
	defer u.mu.Unlock()

	delete(u.at, commitKey{r.Job.ID, r.Worker})
}
