package stack

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// oldestMajor is the oldest Postgres that the tests are run with.
const oldestMajor = 15

const versionTimeout = 10 * time.Second

// printVersion asks a server binary for its version.
func printVersion(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()

	out, err := exec.CommandContext(ctx, path, "-V").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w%s", err, quoted(lastLines(string(out))))
	}

	return string(out), nil
}

// majorVersion reads it from what `postgres -V` prints: "postgres (PostgreSQL) 15.18 (Debian 15.18-1)", or "... 19devel".
func majorVersion(printed string) (int, error) {
	_, rest, ok := strings.Cut(printed, "(PostgreSQL) ")
	digits := rest

	if end := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = rest[:end]
	}

	major, err := strconv.Atoi(digits)
	if !ok || err != nil {
		return 0, fmt.Errorf("its version cannot be read from %.80q", printed)
	}

	return major, nil
}
