package console

import (
	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/console/access"
)

// route is a page or an act, and who may have it.
type route struct {
	pattern string
	needs   access.Role
	serve   func(*visit) error
	act     string // what is kept of it in the account of acts; empty for a page
}

// routes are all pages and acts.
func (c *Console) routes() []route {
	page := func(pattern string, serve func(*visit) error) route {
		return route{pattern: "GET " + pattern, needs: access.Viewer, serve: serve}
	}

	act := func(pattern, act string, serve func(*visit) error) route {
		return route{pattern: "POST " + pattern, needs: access.Operator, serve: serve, act: act}
	}

	return []route{
		page("/{$}", c.nowPage),
		page("/files", c.filesPage),
		page("/file", c.filePage),
		page("/file/outcomes", c.outcomesFile),
		page("/jobs", c.jobsPage),
		page("/job", c.jobPage),
		page("/codes", c.codesPage),
		page("/letters", c.lettersPage),
		page("/doubt", c.doubtPage),
		page("/acts", c.actsPage),
		page("/keys", c.keysPage),
		page("/doctor", c.doctorPage),

		act("/programs/pause", acts.Pause, c.pause),
		act("/programs/resume", acts.Resume, c.resume),
		act("/programs/lift", acts.Lift, c.lift),

		act("/file/cancel", acts.Cancel, c.cancelFile),
		act("/letters/count", acts.Redrive, c.countLetters),
		act("/letters/redrive", acts.Redrive, c.redriveLetters),
		act("/letters/cancel", acts.Redrive, c.cancelTask),
		act("/doubt/resolve", acts.Resolve, c.resolve),

		{pattern: "POST /doctor", needs: access.Viewer, serve: c.examine},
		{pattern: "POST /jobs", needs: access.Viewer, serve: c.searchJobs},
		{pattern: "POST /jobs/card", needs: access.Viewer, serve: c.cardPage},
	}
}
