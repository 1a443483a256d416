package stack

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var (
	errWrongSetting = errors.New("wrong setting")
	errNowhere      = errors.New("not in PG_BIN, on PATH, where pg_config points, nor in the usual directories")
)

// usualPlaces are where servers live that are not on PATH, which is how Debian, Red Hat and macOS have it.
func usualPlaces() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/Library/PostgreSQL/*/bin",
	}
}

// local finds a server that is installed.
func (m machine) local(ctx context.Context, _ func(string)) (string, error) {
	if dir := m.getenv("PG_BIN"); dir != "" {
		if err := m.usable(ctx, dir); err != nil {
			return "", fmt.Errorf("%w: PG_BIN: %w", errWrongSetting, err)
		}

		return dir, nil
	}

	var unusable []string

	for _, dir := range m.candidates(ctx) {
		err := m.usable(ctx, dir)
		if err == nil {
			return dir, nil
		}

		unusable = append(unusable, err.Error())
	}

	if len(unusable) > 0 {
		return "", errors.New(strings.Join(unusable, "; "))
	}

	return "", errNowhere
}

// candidates are the directories where a server may be, the likeliest first.
func (m machine) candidates(ctx context.Context) []string {
	var dirs []string

	if path, err := m.lookPath("postgres"); err == nil {
		// The link on PATH may point into a directory that holds the rest.
		if path, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}

	if path, err := m.lookPath("pg_config"); err == nil {
		if out, err := m.run(ctx, "", nil, path, "--bindir"); err == nil {
			// With only the client's development files installed, it names a directory without a server.
			if dir := strings.TrimSpace(out); m.usable(ctx, dir) == nil {
				dirs = append(dirs, dir)
			}
		}
	}

	return append(dirs, m.inUsualPlaces()...)
}

// inUsualPlaces are the directories there, the newest version first.
func (m machine) inUsualPlaces() []string {
	var found []string

	for _, pattern := range usualPlaces() {
		dirs, err := filepath.Glob(filepath.Join(m.root, pattern))
		if err != nil {
			continue // only a malformed pattern is an error
		}

		slices.SortStableFunc(dirs, func(a, b string) int { return numberIn(b) - numberIn(a) })
		found = append(found, dirs...)
	}

	return found
}

// numberIn is the version in a path such as /usr/pgsql-16/bin or .../Versions/9.6/bin, for sorting; 0 where there is none.
func numberIn(path string) int {
	name := filepath.Base(filepath.Dir(path))
	digits := strings.TrimLeftFunc(name, func(r rune) bool { return r < '0' || r > '9' })
	digits, _, _ = strings.Cut(digits, ".")

	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}

	return n
}
