package control

import (
	"time"

	"enroll.example/clicktopay/internal/pace"
)

const (
	// window is the time in which no more calls may come to the API than the rate says, wherever it starts.
	window = time.Second
	// margin is by how much the calls of a window may lie closer together when they come to the API than when they were
	// let go: workers' clocks differ by a few milliseconds, and calls take longer or shorter to be put together and to
	// arrive. It costs that share of the rate.
	margin = 50 * time.Millisecond
	// good is for how long after its time a call may be let go; the rest of the margin is for its way.
	good = 15 * time.Millisecond
	// ahead is for how long before its time a call may be booked.
	ahead = 200 * time.Millisecond
	// tolerance is by how much a record may differ from what the server's clock says, since it takes time to be written.
	tolerance = 500 * time.Millisecond
	// quiet is for how long nobody calls when nobody knows what others have booked: as long as that can still be called,
	// and a window after that.
	quiet = ahead + window + margin
)

// schedule says when the calls of a program may be made: in bursts that follow each other at equal intervals, so that
// any window holds as many bursts as make up its calls.
type schedule struct {
	calls    int // in a window
	bursts   int // in a window
	interval time.Duration
}

// newSchedule cuts the calls of a second into bursts of a size, or of one that is smaller by one where it does not go
// into them. Of a rate the whole calls count: no second may hold more.
func newSchedule(rate float64, burst int) schedule {
	calls := max(int(rate), 1)
	burst = min(max(burst, 1), calls)
	bursts := (calls + burst - 1) / burst

	return schedule{calls: calls, bursts: bursts, interval: (window+margin)/time.Duration(bursts) + 1}
}

// after is the schedule by which to go on from a booking. Workers that cut the same rate into other bursts, as they have other
// settings for how much they do at once, would mix two schedules, whose seconds may hold more calls than the rate. So the one
// that was booked by last goes on for as long as its calls count.
func (s schedule) after(b booking, from time.Time) schedule {
	if b.Calls != s.calls || b.Bursts < 1 || b.Bursts > b.Calls || from.Sub(b.Next) > window+margin {
		return s
	}

	return schedule{calls: s.calls, bursts: b.Bursts, interval: (window+margin)/time.Duration(b.Bursts) + 1}
}

// size is how many calls a burst has, by its number. Any so many bursts in a row as are in a window have its calls.
func (s schedule) size(number int) int {
	number %= s.bursts
	return (number+1)*s.calls/s.bursts - number*s.calls/s.bursts
}

// booking is what has been granted of a program's calls: the value under its key. Its times are by the server's clock.
type booking struct {
	// Next is when the next burst may be made.
	Next time.Time `json:"next"`
	// At and Left are of the last burst that was booked: calls that nobody has.
	At   time.Time `json:"at,omitzero"`
	Left int       `json:"left,omitempty"`
	// Burst is the next burst's number.
	Burst int `json:"burst"`
	// Calls and Bursts are the schedule's by which this was booked.
	Calls  int `json:"calls,omitempty"`
	Bursts int `json:"bursts,omitempty"`
}

// since is the booking as it stands for who reads it: what cannot be right is replaced by silence. A record tells of calls
// that lie shortly after the time of its writing, by the server's clock; else its writer had another one, or is none of ours.
func (b booking) since(written time.Time) booking {
	early, late := written.Add(-tolerance), written.Add(ahead+window+margin+tolerance)
	if b.Next.Before(early) || b.Next.After(late) || b.Burst < 0 || b.Left < 0 {
		return booking{Next: written.Add(quiet)}
	}

	return b
}

// book books as many calls as are wanted, none before from. If there are none yet it returns how long to wait.
func (s schedule) book(b booking, now, from time.Time, want int) (booked booking, bursts []pace.Burst, wait time.Duration) {
	horizon := later(now.Add(ahead), from)
	s = s.after(b, from)

	if n := min(want, b.Left); n > 0 && !b.At.Before(from) {
		bursts = append(bursts, pace.Burst{At: b.At, Calls: n})
		b.Left -= n
		want -= n
	}

	for want > 0 {
		at := later(b.Next, from)
		if at.After(horizon) {
			break
		}

		size := s.size(b.Burst)
		n := min(want, size)
		bursts = append(bursts, pace.Burst{At: at, Calls: n})
		want -= n
		b = booking{
			Next: at.Add(s.interval), At: at, Left: size - n, Burst: (b.Burst + 1) % s.bursts, Calls: s.calls, Bursts: s.bursts,
		}
	}

	if len(bursts) == 0 {
		wait = max(b.Next.Sub(horizon), time.Millisecond)
	}

	return b, bursts, wait
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}

	return b
}
