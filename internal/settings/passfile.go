package settings

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"enroll.example/clicktopay/internal/keyfile"
)

// passfileKeyword is how a connection string in keywords names the password file.
var passfileKeyword = regexp.MustCompile(`(?:^|\s)passfile\s*=\s*('[^']*'|\S+)`)

// checkPassfile fails for a password file that Postgres' clients read without understanding it: they find no line for the
// server, say nothing, and try without a password. A file that is not there is their business.
func checkPassfile(databaseURL string) error {
	file := passfileOf(databaseURL)
	if file == "" {
		return nil
	}

	err := keyfile.CheckPlain(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}

	return err
}

func passfileOf(databaseURL string) string {
	if strings.HasPrefix(databaseURL, "postgres://") || strings.HasPrefix(databaseURL, "postgresql://") {
		if u, err := url.Parse(databaseURL); err == nil && u.Query().Has("passfile") {
			return u.Query().Get("passfile")
		}
	} else if named := passfileKeyword.FindStringSubmatch(databaseURL); named != nil {
		return strings.Trim(named[1], "'")
	}

	if file := os.Getenv("PGPASSFILE"); file != "" {
		return file
	}

	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}

	return filepath.Join(home, ".pgpass")
}
