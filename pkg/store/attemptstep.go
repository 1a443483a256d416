package store

import "context"

// attemptStep is one of the two steps of an attempt: it begins, or it has its result. One of them is set. Both are committed by
// the same transactions: a worker makes as many of one as of the other, and a commit costs the same for one row and for many.
type attemptStep struct {
	begin  *BeginRequest
	finish *FinishRequest
}

// stepResult is the answer of the step's kind.
type stepResult struct {
	claim    *Claim
	finished *FinishResult
}

// flushSteps is one transaction for many calls of Begin and Finish.
func (s *Store) flushSteps(ctx context.Context, steps []attemptStep) ([]answer[stepResult], error) {
	var (
		begins   []*BeginRequest
		finishes []*FinishRequest
		claims   []answer[Claim]
		finished []answer[FinishResult]
	)

	for _, one := range steps {
		if one.begin != nil {
			begins = append(begins, one.begin)
		} else {
			finishes = append(finishes, one.finish)
		}
	}

	err := s.transact(ctx, func(w *writer) (err error) {
		if claims, err = w.begin(ctx, begins, &s.ambiguous); err != nil {
			return err
		}

		if finished, err = w.finish(ctx, finishes); err != nil {
			return err
		}

		return w.flush(ctx)
	})

	s.ambiguous.note(begins, claims, err)

	if err != nil {
		return nil, err
	}

	return inOrder(steps, claims, finished), nil
}

// inOrder puts the answers of both kinds beside their steps.
func inOrder(steps []attemptStep, claims []answer[Claim], finished []answer[FinishResult]) []answer[stepResult] {
	answers := make([]answer[stepResult], len(steps))

	for i, one := range steps {
		if one.begin != nil {
			c := &claims[0]
			answers[i] = answer[stepResult]{value: stepResult{claim: &c.value}, err: c.err, again: c.again}
			claims = claims[1:]
		} else {
			f := &finished[0]
			answers[i] = answer[stepResult]{value: stepResult{finished: &f.value}, err: f.err, again: f.again}
			finished = finished[1:]
		}
	}

	return answers
}
