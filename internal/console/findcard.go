package console

import (
	"context"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// mostCardJobs bounds the jobs of one card that are listed.
const mostCardJobs = 100

// WithHMACKeys has cards found by their number, under each of some keys.
func (o Options) WithHMACKeys(keys func() []enroll.HMACKey) Options {
	o.HMACKids = func() (kids []string) {
		for _, key := range keys() {
			kids = append(kids, key.Kid)
		}

		return kids
	}
	o.FindCard = func(ctx context.Context, s *store.Store, number pan.Number) ([]store.JobState, error) {
		var hashes [][]byte
		for _, key := range keys() {
			hashes = append(hashes, key.OfCard(number))
		}

		return s.FindCardJobs(ctx, hashes, mostCardJobs)
	}

	return o
}
