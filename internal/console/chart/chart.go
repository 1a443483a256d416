// Package chart draws the last hour as SVG. Colors and sizes are the style sheet's: a drawing has no style of its own, which the
// page's policy would refuse.
package chart

import (
	"fmt"
	"html"
	"html/template"
	"math"
	"strings"
	"time"
)

// Point is a value at a time.
type Point struct {
	At    time.Time
	Value float64
}

// Series is what is drawn.
type Series struct {
	Title string // for those who do not see it
	Unit  string
	Class string // of the style sheet
	From  time.Time
	Until time.Time
	// Points in the order of their times. Where there is none for longer than Gap, nothing was known.
	Points []Point
	Gap    time.Duration
}

// The size of the drawing: it grows with the page, and its texts with it.
const (
	width, height = 640, 150
	left, right   = 52, 8
	top, bottom   = 10, 22
)

// Draw returns the drawing.
func (s Series) Draw() template.HTML {
	most := ceiling(s.most())

	var b strings.Builder

	fmt.Fprintf(&b, `<svg class="chart %s" viewBox="0 0 %d %d" role="img" aria-label="%s">`,
		html.EscapeString(s.Class), width, height, html.EscapeString(s.summary()))

	for _, share := range []float64{0, 0.5, 1} {
		y := s.y(share*most, most)
		fmt.Fprintf(&b, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/>`, left, y, width-right, y)
		fmt.Fprintf(&b, `<text class="axis" x="%d" y="%.1f" text-anchor="end">%s</text>`, left-6, y+3.5, short(share*most))
	}

	for _, at := range s.marks() {
		fmt.Fprintf(&b, `<text class="axis" x="%.1f" y="%d" text-anchor="middle">%s</text>`,
			s.x(at), height-6, at.UTC().Format("15:04"))
	}

	for _, run := range s.runs() {
		s.draw(&b, run, most)
	}

	b.WriteString(`</svg>`)

	return template.HTML(b.String()) //nolint:gosec // numbers and times, and what was escaped above
}

// draw draws points that belong together: an area, and its upper edge.
func (s Series) draw(b *strings.Builder, run []Point, most float64) {
	var line strings.Builder

	for i, p := range run {
		verb := "L"
		if i == 0 {
			verb = "M"
		}

		fmt.Fprintf(&line, "%s%.1f %.1f", verb, s.x(p.At), s.y(p.Value, most))
	}

	first, last := s.x(run[0].At), s.x(run[len(run)-1].At)

	fmt.Fprintf(b, `<path class="area" d="%sL%.1f %.1fL%.1f %.1fZ"/>`, line.String(), last, s.y(0, most), first, s.y(0, most))
	fmt.Fprintf(b, `<path class="line" d="%s"/>`, line.String())
	fmt.Fprintf(b, `<circle class="dot" cx="%.1f" cy="%.1f" r="2.5"/>`, last, s.y(run[len(run)-1].Value, most))
}

// runs are the points without the gaps.
func (s Series) runs() (all [][]Point) {
	for i, p := range s.Points {
		if i == 0 || p.At.Sub(s.Points[i-1].At) > s.Gap {
			all = append(all, nil)
		}

		all[len(all)-1] = append(all[len(all)-1], p)
	}

	return all
}

// marks are some round times within the time.
func (s Series) marks() (all []time.Time) {
	const most = 5 // as many have room

	every := time.Minute
	for _, wider := range []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour} {
		if s.Until.Sub(s.From)/every > most {
			every = wider
		}
	}

	margin := s.Until.Sub(s.From) / 24 // a text at the edge would be cut

	for at := s.From.Truncate(every); !at.After(s.Until); at = at.Add(every) {
		if at.Sub(s.From) >= margin && s.Until.Sub(at) >= margin {
			all = append(all, at)
		}
	}

	return all
}

func (s Series) x(at time.Time) float64 {
	share := float64(at.Sub(s.From)) / float64(max(1, s.Until.Sub(s.From)))

	return left + min(1, max(0, share))*(width-left-right)
}

func (s Series) y(value, most float64) float64 {
	return top + (1-min(1, max(0, value/most)))*(height-top-bottom)
}

func (s Series) most() (most float64) {
	for _, p := range s.Points {
		most = max(most, p.Value)
	}

	return most
}

func (s Series) summary() string {
	if len(s.Points) == 0 {
		return s.Title + ": nothing is known yet"
	}

	last := s.Points[len(s.Points)-1]

	return fmt.Sprintf("%s: now %s %s, at most %s", s.Title, short(last.Value), s.Unit, short(s.most()))
}

// ceiling is the next round number.
func ceiling(value float64) float64 {
	if value <= 4 {
		return 4
	}

	power := math.Pow(10, math.Floor(math.Log10(value)))
	for _, step := range []float64{1, 2, 4, 5, 8, 10} {
		if step*power >= value {
			return step * power
		}
	}

	return 10 * power
}

// short is a number with at most four characters.
func short(value float64) string {
	switch {
	case value >= 1e9:
		return fmt.Sprintf("%.3gG", value/1e9)
	case value >= 1e6:
		return fmt.Sprintf("%.3gM", value/1e6)
	case value >= 1e4:
		return fmt.Sprintf("%.3gk", value/1e3)
	default:
		return fmt.Sprintf("%.4g", math.Round(value))
	}
}
