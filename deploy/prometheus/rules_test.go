package prometheus_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"

	"enroll.example/clicktopay/internal/health"
)

// rulesFile is what is here of a file of rules. promtool checks the rest.
type rulesFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	} `yaml:"groups"`
}

type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (all []rule) {
	t.Helper()

	text, err := os.ReadFile("enroll.rules.yml")
	require.NoError(t, err)

	var file rulesFile

	require.NoError(t, yaml.Load(text, &file, yaml.WithKnownFields()))

	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}

	require.NotEmpty(t, all)

	return all
}

// selector is one choice of series in an expression.
type selector struct {
	metric string
	labels []string
}

func selectors(t *testing.T, expression string) (all []selector) {
	t.Helper()

	parsed, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	require.NoError(t, err, expression)

	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if v, is := node.(*parser.VectorSelector); is {
			one := selector{metric: v.Name}

			for _, matcher := range v.LabelMatchers {
				if matcher.Name != model.MetricNameLabel {
					one.labels = append(one.labels, matcher.Name)
				}
			}

			all = append(all, one)
		}

		return nil
	})

	return all
}

// requireKnown requires that workers have the metrics of an expression, and these the labels.
func requireKnown(t *testing.T, expression string, recorded []string) {
	t.Helper()

	found := selectors(t, expression)
	require.NotEmpty(t, found, expression)

	for _, one := range found {
		if slices.Contains(recorded, one.metric) {
			continue
		}

		at := slices.IndexFunc(health.Catalog(), func(m health.Metric) bool {
			return m.Name == one.metric || m.Kind == "histogram" && strings.TrimSuffix(one.metric, "_bucket") == m.Name
		})
		require.GreaterOrEqual(t, at, 0, "no worker has the metric %s of: %s", one.metric, expression)
		require.Subset(t, append(health.Catalog()[at].Labels, "le", "instance"), one.labels, "labels of %s in: %s", one.metric, expression)
	}
}

func TestRulesUseMetricsThatThereAre(t *testing.T) {
	t.Parallel()

	var recorded []string

	for _, one := range rules(t) {
		requireKnown(t, one.Expr, recorded)

		if one.Record != "" {
			recorded = append(recorded, one.Record)
		}
	}
}

// A metric whose description says when to wake somebody has an alert that does.
func TestMetricsThatShouldAlertDo(t *testing.T) {
	t.Parallel()

	// Seen on the dashboard, or by another metric.
	elsewhere := map[string]string{
		"enroll_jobs_in_flight":               "EnrollNobodyWorks",
		"enroll_last_fetch_timestamp_seconds": "EnrollFetchesFail",
		"enroll_max_in_flight":                "EnrollBacklogGrows",
		"enroll_submitted_jobs":               "EnrollBatchOverdue",
	}

	used := map[string]bool{}

	for _, one := range rules(t) {
		for _, found := range selectors(t, one.Expr) {
			used[strings.TrimSuffix(found.metric, "_bucket")] = true
		}
	}

	for _, metric := range health.Catalog() {
		if metric.Alert != "" && !used[metric.Name] {
			require.Contains(t, elsewhere, metric.Name, "no alert looks at it")
		}

		require.False(t, used[metric.Name] && elsewhere[metric.Name] != "", "%s has an alert", metric.Name)
	}
}

const playbooks = "../../docs/playbooks"

// Whoever is woken finds a page: what it means, what to look at, what to do, and how to see that it worked.
func TestEveryAlertHasItsPage(t *testing.T) {
	t.Parallel()

	var pages []string

	index, err := os.ReadFile(filepath.Join(playbooks, "README.md"))
	require.NoError(t, err)

	tests, err := os.ReadFile("enroll.rules.test.yml")
	require.NoError(t, err)

	for _, one := range rules(t) {
		if one.Alert == "" {
			continue
		}

		page := one.Alert + ".md"
		pages = append(pages, page)

		require.Equal(t, "docs/playbooks/"+page, one.Annotations["runbook"])
		require.NotEmpty(t, one.Annotations["summary"], one.Alert)
		require.Contains(t, []string{"page", "ticket"}, one.Labels["severity"], one.Alert)
		require.Contains(t, string(index), "["+one.Alert+"]("+page+")")
		require.Contains(t, string(tests), "alertname: "+one.Alert+"\n", "promtool has no test of it")

		text, err := os.ReadFile(filepath.Join(playbooks, page))
		require.NoError(t, err)

		for _, heading := range []string{
			"# " + one.Alert, "## What it means", "## What to look at", "## What to do", "## How to see that it worked",
		} {
			require.Regexp(t, "(?m)^"+regexp.QuoteMeta(heading)+"\n\n\\S", string(text), page)
		}
	}

	found, err := filepath.Glob(filepath.Join(playbooks, "*.md"))
	require.NoError(t, err)

	for _, path := range found {
		if name := filepath.Base(path); name != "README.md" {
			require.Contains(t, pages, name, "the page of no alert")
		}
	}
}

// A page that names another alert, a metric or a document names one that there is.
func TestPagesNameWhatThereIs(t *testing.T) {
	t.Parallel()

	var alerts, metrics []string

	for _, one := range rules(t) {
		alerts = append(alerts, one.Alert)
	}

	for _, metric := range health.Catalog() {
		metrics = append(metrics, metric.Name)
	}

	found, err := filepath.Glob(filepath.Join(playbooks, "*.md"))
	require.NoError(t, err)

	for _, path := range found {
		read, err := os.ReadFile(path)
		require.NoError(t, err)

		text := string(read)

		for _, alert := range regexp.MustCompile(`\bEnroll[A-Z]\w+`).FindAllString(text, -1) {
			require.Contains(t, alerts, alert, path)
		}

		for _, metric := range regexp.MustCompile("`(enroll_[a-z_]+)[`{]").FindAllStringSubmatch(text, -1) {
			if metric[1] != "enroll_control" {
				require.Contains(t, metrics, metric[1], path)
			}
		}

		for _, link := range regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			require.FileExists(t, filepath.Join(playbooks, link[1]), path)
		}
	}
}

// dashboard is what is here of a dashboard.
type dashboard struct {
	UID    string `json:"uid"`
	Panels []struct {
		ID      int    `json:"id"`
		Title   string `json:"title"`
		GridPos struct {
			X int `json:"x"`
			W int `json:"w"`
		} `json:"gridPos"`
		Targets []struct {
			Expr string `json:"expr"`
		} `json:"targets"`
	} `json:"panels"`
	Templating struct {
		List []struct {
			Name       string `json:"name"`
			Definition string `json:"definition"`
		} `json:"list"`
	} `json:"templating"`
}

func TestTheDashboardUsesMetricsThatThereAre(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("../grafana/enroll.json")
	require.NoError(t, err)

	var board dashboard

	require.NoError(t, json.Unmarshal(text, &board))
	require.NotEmpty(t, board.UID)

	shown, ids := map[string]bool{}, map[int]bool{}

	for _, panel := range board.Panels {
		require.False(t, ids[panel.ID], panel.Title)
		ids[panel.ID] = true

		require.NotEmpty(t, panel.Targets, panel.Title)
		require.LessOrEqual(t, panel.GridPos.X+panel.GridPos.W, 24, panel.Title)

		for _, target := range panel.Targets {
			requireKnown(t, target.Expr, nil)

			for _, found := range selectors(t, target.Expr) {
				shown[strings.TrimSuffix(found.metric, "_bucket")] = true
			}
		}
	}

	for _, metric := range health.Catalog() {
		require.True(t, shown[metric.Name], "no panel shows %s", metric.Name)
	}

	for _, variable := range board.Templating.List {
		if series, is := strings.CutPrefix(variable.Definition, "label_values("); is {
			metric, label, _ := strings.Cut(strings.TrimSuffix(series, ")"), ", ")
			requireKnown(t, metric+`{`+label+`=""}`, nil)
		}
	}
}
