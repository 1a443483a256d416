package chaos

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/enroll"
)

type weighted struct {
	kind   Kind
	weight int
}

// weights are how often each kind comes, of their sum. A list and not a map, so that the order is the same each time.
func weights() []weighted {
	return []weighted{
		{KindCrash, 26},
		{KindKill, 10},
		{KindNode, 5},
		{KindNodeStop, 3},
		{KindPostgres, 4},
		{KindStall, 10},
		{KindRefuse, 8},
		{KindSlow, 8},
		{KindReset, 12},
		{KindDeaf, 7},
		{KindStorm, 4},
		{KindFull, 3},
		{KindClock, 10},
		{KindForget, 4},
		{KindConsumer, 4},
	}
}

// Script returns the faults of a seed, of the kinds given or of all. A longer script begins like a shorter one.
func Script(seed uint64, faults int, only ...Kind) []Fault {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeatable is the point
	script := make([]Fault, faults)

	for i := range script {
		script[i] = draw(random, only)
	}

	return script
}

// draw draws a fault. All numbers are drawn for each one, so that a change of one kind leaves the others as they are.
func draw(random *rand.Rand, only []Kind) Fault {
	f := Fault{
		Kind:   drawKind(random, only),
		Worker: random.IntN(workers),
		Node:   random.IntN(nodes),
		Link:   oneOf(random, LinkAPI, LinkPostgres, LinkNATS),
		Step: oneOf(random, enroll.StepClaimed, enroll.StepPushed, enroll.StepForgotten, enroll.StepCalled,
			enroll.StepCommitted, enroll.StepPublished),
		Status: oneOf(random, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable),
		For:    shortest + time.Duration(random.Int64N(int64(longest-shortest))).Round(time.Millisecond),
	}

	f.Clock = oneOf(random, ClockWorker, ClockPostgres, ClockAPI)
	f.Jump = drawJump(random)
	f.Lane = random.IntN(lanes)
	f.After = time.Duration(random.Int64N(int64(longestAfter))).Round(time.Millisecond)

	if f.Kind == KindDeaf {
		f.Link = LinkAPI // at the others a lost answer is a reset
	}

	return f
}

// drawJump draws seconds as often as minutes and hours, forth and back.
func drawJump(random *rand.Rand) time.Duration {
	jump := time.Duration(float64(time.Second) * math.Pow(10, 4*random.Float64())).Round(time.Second) // to 2.8 hours
	if random.IntN(2) == 0 {
		return -jump
	}

	return jump
}

// longestAfter is about the time in which a node that is killed has not told the others of a delivery.
const longestAfter = 90 * time.Millisecond

// A fault lasts up to longer than a call and its lease.
const (
	shortest = 200 * time.Millisecond
	longest  = 5 * time.Second
)

func drawKind(random *rand.Rand, only []Kind) Kind {
	choices := weights()
	if len(only) > 0 {
		choices = slices.DeleteFunc(choices, func(w weighted) bool { return !slices.Contains(only, w.kind) })
	}

	sum := 0
	for _, w := range choices {
		sum += w.weight
	}

	drawn := random.IntN(sum)
	for _, w := range choices {
		if drawn < w.weight {
			return w.kind
		}

		drawn -= w.weight
	}

	panic("chaos: drew more than the sum of the weights")
}

func oneOf[T any](random *rand.Rand, choices ...T) T { return choices[random.IntN(len(choices))] }
