package console

import (
	"cmp"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/control"
)

// keysView are the keys that workers have loaded, and those of this console.
type keysView struct {
	Fleet answer[control.Status]
	Keys  []keyView
	Own   []string // kids of the keys by which this console finds cards
}

// keyView is a key, and who has it.
type keyView struct {
	control.Key

	State, Tone string
	Workers     []string
	Lacking     []string // workers that have other keys of its purpose
}

func (c *Console) keysPage(v *visit) error {
	fleet := c.fleet(v.r.Context())
	view := keysView{Fleet: fleet, Keys: keysOf(fleet.Value)}

	if c.HMACKids != nil {
		view.Own = c.HMACKids()
	}

	return v.show("keys", "Keys", "/keys", view)
}

// keysOf gathers the keys of all workers that are there.
func keysOf(status control.Status) (views []keyView) {
	var telling []string

	for _, worker := range status.Workers {
		if worker.Gone || len(worker.Keys) == 0 {
			continue
		}

		telling = append(telling, worker.Worker)

		for _, key := range worker.Keys {
			i := slices.IndexFunc(views, func(v keyView) bool { return v.Key == key })
			if i < 0 {
				i = len(views)
				views = append(views, keyView{Key: key})
				views[i].State, views[i].Tone = stateOfKey(key, status.At)
			}

			views[i].Workers = append(views[i].Workers, worker.Worker)
		}
	}

	for i := range views {
		views[i].Lacking = slices.DeleteFunc(slices.Clone(telling), func(name string) bool {
			return slices.Contains(views[i].Workers, name)
		})
	}

	slices.SortStableFunc(views, func(a, b keyView) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), a.NotAfter.Compare(b.NotAfter))
	})

	return views
}

// soon is how long before its end a key is to be replaced: as worker doctor warns.
const soon = 30 * 24 * time.Hour

func stateOfKey(key control.Key, now time.Time) (word, tone string) {
	switch left := key.NotAfter.Sub(now); {
	case key.NotAfter.IsZero():
		return "no expiry", "calm"
	case left <= 0:
		return "expired", "bad"
	case left < soon:
		return "expires in " + span(left), "warn"
	default:
		return "expires in " + span(left), "good"
	}
}
