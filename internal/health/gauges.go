package health

import (
	"runtime"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"enroll.example/clicktopay/internal/pace"
)

// gauges are read when they are asked for.
type gauges struct{ monitor *Monitor }

// Describe tells nothing: which series there are depends on the state, and the registry checks what Collect gives.
func (g gauges) Describe(chan<- *prometheus.Desc) {}

// sendGauge sends one value to a scrape.
type sendGauge func(name string, value float64, labels ...string)

// Collect reads them.
func (g gauges) Collect(metrics chan<- prometheus.Metric) {
	m := g.monitor
	now := m.config.Now()
	send := gaugeTo(metrics)

	send(nameInFlight, float64(m.inFlight.Load()))
	send(nameConnected, oneIf(m.config.Connected()))
	send(nameBuild, 1, m.config.Version, runtime.Version())

	for name, pacer := range m.config.Pacers {
		state := pacer.State()
		send(nameHalted, oneIf(state.Halted != ""), name, haltReason(state.Halted))
		send(nameTripped, oneIf(state.Tripped != ""), name)
		send(nameCooling, max(state.CoolingUntil.Sub(now).Seconds(), 0), name)
		send(namePaused, oneIf(m.config.Paused(name)), name)
		send(nameMaxInFlight, float64(pacer.Limit()), name)
		sendMeter(send, name, pacer)
	}

	for _, key := range m.config.Keys() {
		if !key.NotAfter.IsZero() {
			send(nameKeyExpiry, key.NotAfter.Sub(now).Seconds(), key.Purpose)
		}
	}

	m.sendTimes(send)

	if unseen := m.unseen.Load(); unseen != nil {
		send(nameUnseen, float64(*unseen))
	}
	m.sendSubmitted(send)

	if d := m.queue(); d != nil {
		d.send(send, now)
	}
}

// sendMeter tells how fast a program goes.
func sendMeter(send sendGauge, name string, pacer *pace.Pacer) {
	reading := pacer.Meter.Read()

	send(nameCalling, float64(reading.Running), name)
	send(nameCallRate, reading.Calls[0], name)
	send(nameOutRate, reading.Jobs[1], name)
	send(nameAgreed, pacer.Agreed, name)

	if len(reading.Took) > 0 {
		for _, share := range []float64{0.5, 0.95} {
			send(nameTook, reading.Took.Quantile(share).Seconds(), name, strconv.FormatFloat(share, 'g', -1, 64))
		}
	}
}

func (m *Monitor) sendTimes(send sendGauge) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !m.lastCommit.IsZero() {
		send(nameLastCommit, seconds(m.lastCommit))
	}

	for name, l := range m.lanes {
		if !l.fetched.IsZero() {
			send(nameLastFetch, seconds(l.fetched), name)
		}
	}
}

func (d *depths) send(send sendGauge, now time.Time) {
	backlog := d.found.Backlog

	for _, p := range backlog.Programs {
		send(nameDepth, float64(p.Jobs.Waiting), p.Program, "waiting")
		send(nameDepth, float64(p.Jobs.Taken+p.Due.Taken), p.Program, "taken")
		send(nameDepth, float64(p.Due.Waiting), p.Program, "due")
		send(nameDepth, float64(p.Jobs.Stranded+p.Due.Stranded), p.Program, "stranded")
		send(nameOldest, d.oldest(p.Program, now).Seconds(), p.Program)
	}

	send(nameScheduled, float64(backlog.Scheduled))
	send(nameLetters, float64(backlog.DeadLetters))
	send(nameBytes, float64(backlog.Bytes))

	send(nameUntaken, float64(backlog.Orphans), "stray")
	send(nameUntaken, float64(backlog.Patterns), "pattern")
	send(nameDrifts, float64(len(d.found.Drifts)))

	for _, drift := range d.found.Drifts {
		send(nameDrift, 1, drift.Object, drift.Setting)
	}

	if backlog.MaxBytes > 0 {
		send(nameLimit, float64(backlog.MaxBytes))
	}
}

// gaugeTo sends gauges of the catalog.
func gaugeTo(metrics chan<- prometheus.Metric) sendGauge {
	return func(name string, value float64, labels ...string) {
		m := described(name)
		desc := prometheus.NewDesc(m.Name, m.Help, m.Labels, nil)
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func oneIf(is bool) float64 {
	if is {
		return 1
	}

	return 0
}
