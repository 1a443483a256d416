package console

import (
	"strings"
	"time"

	"enroll.example/clicktopay/internal/console/access"
)

// WithSearchTimeout has searches take no longer.
func (o Options) WithSearchTimeout(d time.Duration) Options {
	o.searchTimeout = d

	return o
}

// Pages are the addresses of all pages.
func Pages() (all []string) {
	for _, one := range (&Console{}).routes() {
		if path, is := strings.CutPrefix(one.pattern, "GET "); is {
			all = append(all, strings.TrimSuffix(path, "{$}"))
		}
	}

	return all
}

// Acts are the addresses of all acts.
func Acts() (all []string) {
	for _, one := range (&Console{}).routes() {
		if one.needs == access.Operator {
			all = append(all, strings.TrimPrefix(one.pattern, "POST "))
		}
	}

	return all
}
