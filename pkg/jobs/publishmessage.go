package jobs

import (
	"fmt"
	"slices"

	"github.com/nats-io/nats.go"
)

// messages makes those of some jobs, all or none. fresh are the ids that the publisher did not know before.
func (p *Publisher) messages(batch []Job) (messages []*nats.Msg, fresh []string, err error) {
	messages = make([]*nats.Msg, len(batch))

	for i, job := range batch {
		message, isNew, err := p.message(job)
		if err != nil {
			p.memory.forget(fresh)

			if len(batch) > 1 {
				err = fmt.Errorf("job %s of the batch: %w", job.ID, err)
			}

			return nil, nil, err
		}

		messages[i] = message

		if isNew {
			fresh = append(fresh, job.ID)
		}
	}

	return messages, fresh, nil
}

func (p *Publisher) message(job Job) (message *nats.Msg, fresh bool, err error) {
	body, err := job.Encode(p.options.CardLike...)
	if err != nil {
		return nil, false, err
	}

	if slices.Contains(p.options.Directories, job.Program) {
		if missing := job.InDirectory(false); missing != nil {
			return nil, false, missing
		}
	}

	if found := findCard([]Beside{{"header " + nats.MsgIdHdr, p.options.Again}}, nil); found != nil {
		return nil, false, found
	}

	id, fresh, err := p.memory.admit(job, body)
	if err != nil {
		return nil, false, err
	}

	if p.options.Again != "" {
		id += "/again/" + p.options.Again
	}

	message = nats.NewMsg(Subject(job.Program))
	message.Data = body
	message.Header.Set(nats.MsgIdHdr, id)

	return message, fresh, nil
}
