package console

import (
	"html/template"
	"time"

	"enroll.example/clicktopay/internal/console/chart"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/pkg/store"
)

// nowView is how everything stands.
type nowView struct {
	Fleet    answer[control.Status]
	Alerts   []alert
	Programs []programView
	Workers  []workerView
	AllPause *control.Pause

	Waiting, Scheduled, Dead uint64
	Rate                     pace
	Throughput, Depth        template.HTML
	Since                    time.Time // the charts' first moment
}

// pace is how fast jobs are settled.
type pace struct {
	Known     bool
	PerMinute float64
	// Left is how long the backlog takes at this pace; zero where it cannot be told.
	Left time.Duration
}

func (c *Console) nowPage(v *visit) error {
	fleet := c.fleet(v.r.Context())
	beats := c.pulse.all()
	status := fleet.Value

	fresh, due := status.Queue.Total()
	view := nowView{
		Fleet: fleet, Alerts: alertsOf(status), Programs: programsOf(status, beats), Workers: workersOf(status),
		AllPause: pauseOf(status, ""),
		Waiting:  fresh.Depth() + due.Depth(), Scheduled: status.Queue.Scheduled,
		Dead: status.Queue.DeadLetters,
	}
	view.Rate = paceOf(beats, "", view.Waiting, paused(status, ""))

	now := c.now()
	view.Throughput = chart.Series{
		Title: "Jobs settled a minute", Unit: "a minute", Class: "rate", From: now.Add(-pulseKept), Until: now,
		Points: perMinute(c.pulse.byMinute(), now), Gap: 2 * time.Minute,
	}.Draw()

	until := c.Now()
	from := until.Add(-leastWatched)

	if len(beats) > 0 {
		view.Since = beats[0].at
		from = earlier(from, view.Since)
	}

	view.Depth = chart.Series{
		Title: "Jobs waiting", Unit: "jobs", Class: "depth", From: from, Until: until, Points: depths(beats), Gap: gap,
	}.Draw()

	return v.show("now", "Now", "/", view)
}

const (
	// gap is the time without a look after which the chart has one.
	gap = 3 * pulseEvery
	// leastWatched is what the chart of what waits begins with: a console that was just started has seen little.
	leastWatched = 2 * time.Minute
)

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}

	return a
}

// perMinute are the whole minutes of the last hour.
func perMinute(minutes []store.Minute, now time.Time) (points []chart.Point) {
	if minutes == nil {
		return nil
	}

	counts := map[time.Time]int64{}
	for _, minute := range minutes {
		counts[minute.At] = minute.Count
	}

	last := now.Truncate(time.Minute)
	for at := last.Add(-pulseKept); at.Before(last); at = at.Add(time.Minute) {
		points = append(points, chart.Point{At: at, Value: float64(counts[at])})
	}

	return points
}

func depths(beats []beat) (points []chart.Point) {
	for _, one := range beats {
		points = append(points, chart.Point{At: one.at, Value: float64(of(one.waiting, ""))})
	}

	return points
}

func paceOf(beats []beat, program string, waiting uint64, stopped bool) pace {
	perSecond, known := rateOf(beats, program)
	p := pace{Known: known, PerMinute: perSecond * 60}

	if known && perSecond > 0 && waiting > 0 && !stopped { // what left in the last minutes does not go on
		p.Left = time.Duration(float64(waiting) / perSecond * float64(time.Second))
	}

	return p
}

// paused reports whether nothing of a program is taken, by a pause of its own or of all.
func paused(status control.Status, program string) bool {
	return pauseOf(status, program) != nil || pauseOf(status, "") != nil
}

func pauseOf(status control.Status, program string) *control.Pause {
	for _, pause := range status.Pauses {
		if pause.Program == program {
			return &pause
		}
	}

	return nil
}
