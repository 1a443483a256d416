package pace

import (
	"math"
	"sync"
	"time"
)

// Meter counts what a program does in this process: calls that run, calls and jobs of the last hour, and how long the calls of
// the last minutes took. It costs a few kilobytes, and nothing while nothing is done.
type Meter struct {
	now func() time.Time

	mu      sync.Mutex
	began   time.Time // when counting began
	running int
	slots   [slots]slot
	took    [tookMinutes]minute
}

const (
	slotLength  = 10 * time.Second
	slots       = 361 // an hour, and the slot that is now
	tookMinutes = 6   // five minutes, and the one that is now
)

// slot counts in ten seconds, which number tells since the beginning.
type slot struct{ number, calls, jobs int64 }

// minute counts calls by how long they took.
type minute struct {
	number int64
	counts [tookBuckets]int64
}

// Windows are over what times Reading has rates.
func Windows() [3]time.Duration { return [3]time.Duration{time.Minute, 5 * time.Minute, time.Hour} }

// NewMeter makes a meter. now nil is the clock.
func NewMeter(now func() time.Time) *Meter {
	if now == nil {
		now = time.Now
	}

	return &Meter{now: now, began: now()}
}

// Begin counts a call that runs from now on, and returns what its end is told to; worked says whether the API has worked on it.
func (m *Meter) Begin() (end func(worked bool)) {
	at := m.now()

	m.mu.Lock()
	defer m.mu.Unlock()

	m.running++
	m.slot(at).calls++

	return func(worked bool) {
		now := m.now()

		m.mu.Lock()
		defer m.mu.Unlock()

		m.running--

		if worked {
			m.minute(now).counts[tookBucket(now.Sub(at))]++
		}
	}
}

// Left counts a new job that has left the queue: it has come to its end, or is scheduled for another attempt.
func (m *Meter) Left() {
	at := m.now()

	m.mu.Lock()
	defer m.mu.Unlock()

	m.slot(at).jobs++
}

// slot is the one of a time. One of an hour ago is used again.
func (m *Meter) slot(at time.Time) *slot {
	number := int64(at.Sub(m.began) / slotLength)
	s := &m.slots[max(number, 0)%slots]

	if s.number != number {
		*s = slot{number: number}
	}

	return s
}

func (m *Meter) minute(at time.Time) *minute {
	number := int64(at.Sub(m.began) / time.Minute)
	s := &m.took[max(number, 0)%tookMinutes]

	if s.number != number {
		*s = minute{number: number}
	}

	return s
}

// Reading is what a meter shows.
type Reading struct {
	Running int
	// Calls and Jobs are numbers a second over the Windows, or since counting began where that is less.
	Calls, Jobs [3]float64
	// Took counts the calls of the last five minutes by how long they took.
	Took Took
}

// Read reads the meter.
func (m *Meter) Read() Reading {
	now := m.now()

	m.mu.Lock()
	defer m.mu.Unlock()

	reading := Reading{Running: m.running, Took: Took{}}
	age := now.Sub(m.began)
	current := int64(age / slotLength)

	for i, window := range Windows() {
		covered := min(window, max(age, slotLength)).Seconds()
		oldest := current - int64(window/slotLength)

		for _, s := range m.slots {
			if s.number > oldest && s.number <= current {
				reading.Calls[i] += float64(s.calls) / covered
				reading.Jobs[i] += float64(s.jobs) / covered
			}
		}
	}

	for _, one := range m.took {
		if age := int64(age/time.Minute) - one.number; age < 0 || age >= tookMinutes {
			continue
		}

		for bucket, count := range one.counts {
			if count > 0 {
				reading.Took[bucket] += count
			}
		}
	}

	return reading
}

// Took counts calls by how long they took: by the number of a bucket, each of which ends a quarter later than the one before it,
// from a millisecond on. Counts of several workers can be added.
type Took map[int]int64

const (
	tookBuckets = 64 // the last one ends after more than 20 minutes
	tookGrowth  = 1.25
)

func tookBucket(took time.Duration) int {
	if took <= time.Millisecond {
		return 0
	}

	bucket := math.Ceil(math.Log(float64(took)/float64(time.Millisecond)) / math.Log(tookGrowth))

	return min(int(bucket), tookBuckets-1)
}

// Add adds the counts of another.
func (t Took) Add(other Took) {
	for bucket, count := range other {
		t[bucket] += count
	}
}

// Quantile is how long a share of the calls took at most, to within a quarter; zero where there were none.
func (t Took) Quantile(share float64) time.Duration {
	var all int64
	for _, count := range t {
		all += count
	}

	if all == 0 {
		return 0
	}

	rank := int64(math.Ceil(share * float64(all)))

	for bucket := range tookBuckets {
		if rank -= t[bucket]; rank <= 0 {
			return time.Duration(float64(time.Millisecond) * math.Pow(tookGrowth, float64(bucket))).Round(time.Millisecond)
		}
	}

	return 0
}
