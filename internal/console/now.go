package console

import (
	"html/template"
	"time"

	"enroll.example/clicktopay/internal/console/chart"
	"enroll.example/clicktopay/internal/control"
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
		Waiting:  fresh.Waiting + fresh.Taken + due.Waiting + due.Taken, Scheduled: status.Queue.Scheduled,
		Dead: status.Queue.DeadLetters,
	}
	view.Rate = paceOf(beats, "", view.Waiting)

	until := c.Now()
	from := until.Add(-pulseKept)
	view.Throughput = chart.Series{
		Title: "Jobs settled a minute", Unit: "a minute", Class: "rate", From: from, Until: until,
		Points: perMinute(beats), Gap: gap,
	}.Draw()
	view.Depth = chart.Series{
		Title: "Jobs waiting", Unit: "jobs", Class: "depth", From: from, Until: until, Points: depths(beats), Gap: gap,
	}.Draw()

	if len(beats) > 0 {
		view.Since = beats[0].at
	}

	return v.show("now", "Now", "/", view)
}

// gap is the time without a look after which the charts have one.
const gap = 3 * pulseEvery

// perMinute is what was settled between looks, smoothed over a minute.
func perMinute(beats []beat) (points []chart.Point) {
	first := 0

	for i := 1; i < len(beats); i++ {
		if beats[i].at.Sub(beats[i-1].at) > gap {
			first = i
			continue
		}

		for beats[i].at.Sub(beats[first].at) > time.Minute && first < i-1 {
			first++
		}

		passed := beats[i].at.Sub(beats[first].at).Minutes()
		if passed <= 0 {
			continue
		}

		settled := max(0, of(beats[i].settled, "")-of(beats[first].settled, ""))
		points = append(points, chart.Point{At: beats[i].at, Value: float64(settled) / passed})
	}

	return points
}

func depths(beats []beat) (points []chart.Point) {
	for _, one := range beats {
		points = append(points, chart.Point{At: one.at, Value: float64(of(one.waiting, ""))})
	}

	return points
}

func paceOf(beats []beat, program string, waiting uint64) pace {
	perSecond, known := rateOf(beats, program)
	p := pace{Known: known, PerMinute: perSecond * 60}

	if known && perSecond > 0 && waiting > 0 {
		p.Left = time.Duration(float64(waiting) / perSecond * float64(time.Second))
	}

	return p
}

func pauseOf(status control.Status, program string) *control.Pause {
	for _, pause := range status.Pauses {
		if pause.Program == program {
			return &pause
		}
	}

	return nil
}
