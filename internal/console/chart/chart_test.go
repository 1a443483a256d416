package chart_test

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console/chart"
)

func TestADrawingIsSound(t *testing.T) {
	t.Parallel()

	until := time.Date(2026, 11, 27, 22, 7, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return until.Add(-time.Duration(minutes) * time.Minute) }

	for name, c := range map[string]struct {
		points []chart.Point
		says   string
		paths  int
	}{
		"nothing":   {nil, "nothing is known yet", 0},
		"one point": {[]chart.Point{{at(3), 7}}, "now 7 jobs, at most 7", 2},
		"a gap":     {[]chart.Point{{at(50), 1e12}, {at(49), 12_345}, {at(3), 0}, {at(2), 3_000_000}}, "now 3M jobs, at most 1e+03G", 4},
		"outside":   {[]chart.Point{{at(500), -5}, {at(-500), 5}}, "now 5 jobs, at most 5", 4},
	} {
		drawn := string(chart.Series{
			Title: "<Waiting>", Unit: "jobs", Class: "depth", From: at(60), Until: until, Points: c.points, Gap: 5 * time.Minute,
		}.Draw())

		require.NoError(t, xml.Unmarshal([]byte(drawn), new(struct {
			Name xml.Name `xml:"svg"`
		})), drawn)
		require.Contains(t, drawn, "&lt;Waiting&gt;: "+c.says, name)
		require.Equal(t, c.paths, strings.Count(drawn, "<path"), name)
		require.Contains(t, drawn, ">21:30<", name)
		require.NotContains(t, drawn, "NaN", name)
		require.NotContains(t, drawn, "style", name)
	}
}
