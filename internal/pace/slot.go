package pace

// Slot is one that was acquired for a job.
type Slot struct {
	slots    *Slots
	share    Share
	settling bool
}

// Slot is one of those that Acquire gave to the share.
func (s *Slots) Slot(share Share) *Slot { return &Slot{slots: s, share: share} }

// Settle says that the job has no more calls to make: another one may be taken for it while what became of it is committed and
// told. Saying so twice changes nothing.
func (s *Slot) Settle() {
	if s.settling {
		return
	}

	s.settling = true
	s.slots.move(s.share, -1, 1)
}

// Release says that the job is out of our hands.
func (s *Slot) Release() {
	if s.settling {
		s.slots.move(s.share, 0, -1)
	} else {
		s.slots.move(s.share, -1, 0)
	}
}
