package jobs

import (
	"encoding/json"
	"errors"

	"enroll.example/clicktopay/pkg/pan"
)

// SealNumbers seals the numbers of the poll's jobs together, for the ring's first key. To open one seal for all of them costs
// next to nothing, where to open the seal of each job once more is the dearest step of a result. It is an error where they do
// not fit into a seal; a poll without them is as good, only slower.
func (r *KeyRing) SealNumbers(p Poll) (Poll, error) {
	numbers := make([]string, len(p.Jobs))
	for i, job := range p.Jobs {
		numbers[i] = job.Number.Reveal() //nolint:forbidigo // they go into a seal
	}

	content, err := json.Marshal(numbers)
	if err != nil {
		return p, errors.New("the numbers of a poll cannot be written")
	}
	defer clear(content)

	sealed, err := r.SealMessage(Job{ID: "of batch " + p.APIBatch}, content)
	p.Numbers = sealed.Sealed

	return p, err
}

// OpenNumbers gives the poll's jobs their numbers, where they are sealed with it and the ring has the key. A job without a
// number is left without one.
func (r *KeyRing) OpenNumbers(p Poll) {
	if p.Numbers == "" {
		return
	}

	content, problem := r.OpenMessage(p.Numbers)
	if problem != nil {
		return
	}
	defer clear(content)

	var numbers []string
	if json.Unmarshal(content, &numbers) != nil || len(numbers) != len(p.Jobs) {
		return
	}

	for i, number := range numbers {
		p.Jobs[i].Number = pan.Unchecked(number)
	}
}
