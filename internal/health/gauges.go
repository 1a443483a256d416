package health

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
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
	gate := m.config.Gate.State()
	send := gaugeTo(metrics)

	send(nameInFlight, float64(m.inFlight.Load()))
	send(nameHalted, oneIf(gate.Halted != ""), haltReason(gate.Halted))
	send(nameConnected, oneIf(m.config.Connected()))
	send(namePaused, oneIf(m.config.Paused()))
	send(nameBuild, 1, m.config.Version, runtime.Version())

	cooling := 0.0
	if !gate.CoolingUntil.IsZero() {
		cooling = max(gate.CoolingUntil.Sub(now).Seconds(), 0)
	}

	send(nameCooling, cooling)

	for _, key := range m.config.Keys() {
		if !key.NotAfter.IsZero() {
			send(nameKeyExpiry, key.NotAfter.Sub(now).Seconds(), key.Purpose)
		}
	}

	m.sendTimes(send)

	if d := m.depths.Load(); d != nil && now.Sub(d.at) < depthsFresh {
		d.send(send)
	}
}

func (m *Monitor) sendTimes(send sendGauge) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !m.lastCommit.IsZero() {
		send(nameLastCommit, seconds(m.lastCommit))
	}

	for stream, l := range m.lanes {
		if !l.fetched.IsZero() {
			send(nameLastFetch, seconds(l.fetched), stream)
		}
	}
}

func (d *depths) send(send sendGauge) {
	send(nameDepth, float64(d.waiting), "waiting")
	send(nameDepth, float64(d.taken), "taken")
	send(nameDepth, float64(d.scheduled), "scheduled")
	send(nameDepth, float64(d.due), "due")
	send(nameDepth, float64(d.dead), "dead")
	send(nameBytes, float64(d.bytes))

	if d.limit > 0 {
		send(nameLimit, float64(d.limit))
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
