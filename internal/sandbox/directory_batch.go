package sandbox

import "context"

// Batches of a directory. What is documented of them: a batch is received by a 202 with its id, and asked for by that; its
// results are those of its records, by the issuer's own keys. Paths and the rest are guesses, after the family that they replace.

// batchInDirectory serves POST for the batches of a directory.
func (s *Sandbox) batchInDirectory(ctx context.Context, c call) *reply {
	request, refused := s.told(ctx, c)
	if refused != nil {
		return refused
	}

	return s.takeBatch(request, c.where().directory)
}

// batchStatusInDirectory serves GET for one of them.
func (s *Sandbox) batchStatusInDirectory(ctx context.Context, c call) *reply {
	query, refused := s.asked(ctx, c)
	if refused != nil {
		return refused
	}

	return s.tellOf(c.ids["batchId"], c.where().directory, query)
}
