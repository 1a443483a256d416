package chaos

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// operation is what became of the jobs that ask for one.
type operation struct {
	operation      jobs.Operation
	jobs, attempts int
	ended          map[store.Status]int
}

// statuses tells how many ended as what.
func (o operation) statuses() string {
	var text []string
	for _, status := range slices.Sorted(maps.Keys(o.ended)) {
		text = append(text, fmt.Sprintf("%s %d", status, o.ended[status]))
	}

	return strings.Join(text, ", ")
}

func (r Report) operations() []operation {
	all, of := map[jobs.Operation]*operation{}, map[string]*operation{}

	for _, job := range r.History.Accepted {
		asked := cmp.Or(job.Operation, jobs.Enroll)
		if all[asked] == nil {
			all[asked] = &operation{operation: asked, ended: map[store.Status]int{}}
		}

		of[job.ID] = all[asked]
		of[job.ID].jobs++
	}

	for _, row := range r.History.Rows {
		if o := of[row.JobID]; o != nil {
			o.attempts += row.Attempts
			o.ended[row.Status]++
		}
	}

	var list []operation

	for _, asked := range jobs.Operations() {
		if o := all[asked]; o != nil {
			list = append(list, *o)
		}
	}

	return list
}

// doubledChanges is how often a card or a consumer was changed or taken out beyond what its jobs explain.
func (r Report) doubledChanges() (doubled int) {
	c := newChecker(r.History)

	for _, job := range r.History.Accepted {
		if len(job.After) == 0 {
			continue
		}

		card, consumer := c.told(job)
		again, done := c.mayComeBack(job), r.History.Lives[job.ID]
		doubled += card.surplus(done.Card, again) + consumer.of(done.Consumers).surplus(done.Consumer, again)
	}

	return doubled
}
