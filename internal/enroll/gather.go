package enroll

import (
	"cmp"
	"sync"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// gatherer brings the claimed jobs of a program together that are sent in one call.
type gatherer struct {
	most int
	wait time.Duration

	mu   sync.Mutex
	open *group // that others may join; nil for none
}

// group is the jobs of one call. The first of them leads: it waits for others, sends the call, and gives each its answer.
type group struct {
	members []*groupMember
	ids     map[recordID]bool
	full    chan struct{} // closed when nobody joins any more
	done    chan struct{} // closed when each member has its answer
}

// groupMember is a job in a group.
type groupMember struct {
	r      *reading
	claim  store.Claim
	group  *group
	answer mastercard.Answer
}

// recordID is what the API tells the records of a batch apart by.
type recordID struct{ consumer, card string }

// recordID of a job. One without a key of the issuer's for its card goes by its own id.
func (r *reading) recordID() recordID {
	return recordID{consumer: cmp.Or(r.job.ExternalConsumerID, r.job.ID), card: cmp.Or(r.job.ExternalCardID, r.job.ID)}
}

// batched reports whether the job is sent together with others.
func (r *reading) batched() bool { return r.program.Lane == LaneBatch && r.job.Asks() == jobs.Enroll }

// unbatchable refuses a receipt where cards are enrolled in batches: their records have cards alone, and the receipt would have
// ended before the batch is done.
func unbatchable(program Program, payload jobs.Payload) *jobs.Problem {
	if program.Lane != LaneBatch || payload.Receipt == nil {
		return nil
	}

	return &jobs.Problem{
		Reason: jobs.ReasonInvalidField, Field: "pushAccountReceipt",
		Message: "cannot be sent in a batch: publish it for a program whose lane is single",
	}
}

func newGatherers(programs map[string]Program) map[string]*gatherer {
	all := make(map[string]*gatherer, len(programs))

	for name, program := range programs {
		if program.Lane == LaneBatch {
			all[name] = &gatherer{most: program.BatchRecords, wait: time.Duration(program.BatchWait)}
		}
	}

	return all
}

func newGroup() *group {
	return &group{ids: make(map[recordID]bool), full: make(chan struct{}), done: make(chan struct{})}
}

// join puts a job into the open group, or into a new one, which it leads. A probe, and a job that is to be alone, are sent at
// once. Two jobs that the API could not tell apart are in two groups.
func (g *gatherer) join(r *reading, claim store.Claim) (m *groupMember, leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()

	m = &groupMember{r: r, claim: claim, answer: notSent(errNotAsked)}

	if r.probe || r.alone {
		m.group = newGroup()
		m.group.add(m)
		close(m.group.full)

		return m, true
	}

	if g.open != nil && g.open.ids[r.recordID()] {
		g.shut()
	}

	if leads = g.open == nil; leads {
		g.open = newGroup()
	}

	m.group = g.open
	m.group.add(m)

	if len(m.group.members) >= g.most {
		g.shut()
	}

	return m, leads
}

func (g *group) add(m *groupMember) {
	g.members = append(g.members, m)
	g.ids[m.r.recordID()] = true
}

// shut lets nobody else into the open group.
func (g *gatherer) shut() {
	close(g.open.full)
	g.open = nil
}

// gathered returns the members of a group once it is full, or has waited for long enough, or there is no more to come.
func (g *gatherer) gathered(of *group, nothingComes <-chan struct{}) []*groupMember {
	waited := time.NewTimer(g.wait)
	defer waited.Stop()

	select {
	case <-of.full:
	case <-waited.C:
	case <-nothingComes:
	}

	g.mu.Lock()
	defer g.mu.Unlock()

	if g.open == of {
		g.shut()
	}

	return of.members
}
