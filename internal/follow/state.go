package follow

import (
	"time"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/store"
)

// State is how a batch stands.
type State struct {
	// Name is the batch's, also before the ledger has answered.
	Name     string
	At       time.Time
	Progress store.Progress
	Codes    []store.CodeCount
	// ReadAt is when the reader of the file was last seen to go on.
	ReadAt time.Time
	// SeenAt is when a job was last seen that had not been seen before.
	SeenAt time.Time
	// Expect is how many jobs a batch that only messages name is said to have; 0: that is not known.
	Expect int64
	// Rate is how many jobs a second have been settled lately.
	Rate float64
	// Fleet is how the workers stand, nil when that is not known.
	Fleet *control.Status
	// Lost is how many jobs no worker has seen and the queue does not have any more.
	Lost int64
	// LedgerErr and FleetErr say why what is above is not newer.
	LedgerErr, FleetErr error
}

// Total is how many jobs there are to settle; while the file is being read, those of its rows so far.
func (s State) Total() int64 {
	if !s.ofFile() {
		return max(s.Progress.Seen(), s.Expect)
	}

	return s.Progress.Expected()
}

// TotalKnown reports whether no more jobs come than Total says.
func (s State) TotalKnown() bool { return s.Read() || !s.ofFile() && s.Expect > 0 }

// quietAfter is how long no further job of a batch that only messages name may have come for it to be taken for complete.
const quietAfter = 15 * time.Second

// known reports whether the ledger has answered at all.
func (s State) known() bool { return s.LedgerErr == nil || !s.ReadAt.IsZero() }

func (s State) ofFile() bool { return OfFile(s.Progress) }

// OfFile reports whether a batch is one of a file, and not just a name that messages have.
func OfFile(p store.Progress) bool { return p.Batch.Source != "" || p.Batch.RowsRead > 0 }

// Read reports whether no more rows come.
func (s State) Read() bool {
	batch := s.Progress.Batch
	return s.ofFile() && (!batch.CompletedAt.IsZero() || !batch.Canceled.At.IsZero())
}

// Unfinished counts jobs that workers have seen and that are not settled.
func (s State) Unfinished() int64 { return s.Progress.Seen() - s.Progress.Settled() }

// Queued counts jobs that no worker has seen, without those that are lost.
func (s State) Queued() int64 { return max(s.Unseen()-s.Lost, 0) }

// Unseen counts jobs that no worker has seen.
func (s State) Unseen() int64 { return max(s.Total()-s.Progress.Seen(), 0) }

// Done reports whether every row has its outcome, waits for an operator, or is lost. Of a batch that only messages name, and
// whose total nobody has given, all known jobs have theirs and no other has come for a while.
func (s State) Done() bool {
	if s.LedgerErr != nil || s.Unfinished() > 0 || s.Progress.Settled()+s.Lost < s.Total() {
		return false
	}

	return s.TotalKnown() || !s.ofFile() && s.At.Sub(s.SeenAt) >= quietAfter
}

// Left is how long it takes at the present pace; zero when that cannot be told.
func (s State) Left() time.Duration {
	left := s.Total() - s.Progress.Settled() - s.Lost
	if !s.TotalKnown() || left <= 0 || s.Rate <= 0 {
		return 0
	}

	return time.Duration(float64(left) / s.Rate * float64(time.Second)).Round(time.Second)
}

// AllSucceeded reports whether every row came to what it was sent for.
func (s State) AllSucceeded() bool {
	good := s.Progress.ByStatus[store.StatusEnrolled] + s.Progress.ByStatus[store.StatusAlreadyEnrolled] +
		s.Progress.ByStatus[store.StatusUnenrolled] + s.Progress.ByStatus[store.StatusNotEnrolled] +
		s.Progress.ByStatus[store.StatusUpdated] + s.Progress.ByStatus[store.StatusForgotten] +
		s.Progress.ByStatus[store.StatusPushed]

	return s.Lost == 0 && s.Progress.Batch.RowsRejected == 0 && good == s.Progress.Seen()
}
