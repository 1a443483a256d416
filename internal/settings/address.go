package settings

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/address"
)

// Addresses may hold a password. None of the errors here repeats what was given, and neither do those of the parsers: how much
// of a broken address is its password cannot be told.

// In these texts no @ stands behind an address: what stands between is masked as a password.
var (
	errQueueEmpty   = errors.New("is empty; write an address such as nats://HOST:4222")
	errQueueAddress = errors.New("is not a list of addresses, separated by commas; in a user's name and password, " +
		"write @ / : % , # ? and blanks as %40 %2F %3A %25 %2C %23 %3F %20, or use --nats-creds-file; " +
		"an address is such as nats://HOST:4222 (or tls, ws, wss)")
	errDatabaseURL = errors.New("is not an address that names a host and a database; in a user's name and password, " +
		"write @ / : % # ? and blanks as %40 %2F %3A %25 %23 %3F %20; " +
		"an address is such as postgres://HOST:5432/DATABASE?user=USER&passfile=FILE")
	errAmbiguous = errors.New("has an @ too many: in a user's name and password, write @ / : % # ? and blanks as " +
		"%40 %2F %3A %25 %23 %3F %20, and @ as %40 everywhere else")
	errQuoted = errors.New("begins with a quote, which a container's env file does not take off: write the address without quotes")
	errJDBC   = errors.New("is a JDBC address: write it as postgres://HOST:5432/DATABASE?user=USER, without jdbc: before it")
)

// queueAddresses returns the servers of the queue, separated by commas, and how they may be shown.
func queueAddresses(text string) (servers, shown string, err error) {
	text = strings.TrimSpace(text) // a file's line end is no part of the address
	if text == "" {
		return "", "", errQueueEmpty
	}

	if err := quoted(text); err != nil {
		return "", "", err
	}

	var open, masked []string

	for server := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) || !address.IsHost(u.Host) ||
			strings.Trim(u.Path, "/") != "" && !strings.HasPrefix(u.Scheme, "ws") || u.RawQuery != "" || u.Fragment != "" ||
			atBehindHost(server) {
			return "", "", errQueueAddress
		}

		open = append(open, u.String())

		if u.User != nil {
			u.User = url.User(address.Hidden) // a name without a password may be a token
		}

		masked = append(masked, u.String())
	}

	return strings.Join(open, ","), strings.Join(masked, ","), nil
}

// keyword is a setting of a connection string in keywords, as the driver reads them.
var keyword = regexp.MustCompile(`(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s'\\]|\\.)(?:[^\s\\]|\\.)*|)`)

// errPlace tells what is wrong with the host or the database of an address that names both.
var errPlace = errors.New("must name one host, or several with nothing left empty, and one database, each once and by no other " +
	"setting (not hostaddr or database); no blanks, quotes, ; or $ in them")

// checkDatabase fails for a connection string that does not name its host and its database. What the driver does not find it
// takes from the account that the command runs under, so that it would write into a database that nobody named.
func checkDatabase(text string) error {
	switch {
	case quoted(text) != nil:
		return quoted(text)
	case strings.HasPrefix(text, "jdbc:"):
		return errJDBC
	case !strings.Contains(text, "://"):
		return namesBoth(text)
	}

	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Fragment != "" {
		return errDatabaseURL
	}

	if atBehindHost(text) || strings.Count(text, "@") > 1 { // of several, the driver takes the first for the end of the password
		return errAmbiguous
	}

	query := u.Query()
	hosts, databases := query["host"], query["dbname"]

	if u.Host != "" {
		hosts = append(hosts, u.Host)
	}

	if path := strings.TrimPrefix(u.Path, "/"); path != "" {
		databases = append(databases, path)
	}

	return checkPlace(hosts, databases, query.Has("hostaddr") || query.Has("database"))
}

// namesBoth fails for a connection string in keywords that leaves out the host or the database.
func namesBoth(text string) error {
	var (
		hosts, databases []string
		others           bool
	)

	for _, found := range keyword.FindAllStringSubmatch(text, -1) {
		switch value := strings.Trim(found[2], "'"); found[1] {
		case "host":
			hosts = append(hosts, value)
		case "dbname":
			databases = append(databases, value)
		case "hostaddr", "database":
			others = true
		}
	}

	return checkPlace(hosts, databases, others)
}

// checkPlace fails for hosts or databases that are missing, or that the driver would replace: by others that are named too, or,
// where one is empty, by those of the environment and of the account. It passes over hostaddr without a word.
func checkPlace(hosts, databases []string, others bool) error {
	switch {
	case len(hosts) == 0 || len(databases) == 0:
		return errDatabaseURL
	case others || len(hosts) > 1 || len(databases) > 1 || databases[0] == "" || strings.ContainsAny(databases[0], "\"'`;$/"),
		strings.TrimSpace(databases[0]) != databases[0]:
		return errPlace
	}

	for host := range strings.SplitSeq(hosts[0], ",") {
		if host == "" || strings.HasPrefix(host, ":") || strings.ContainsAny(host, " \t\r\n\"'`;$<>") {
			return errPlace
		}
	}

	return nil
}

// atBehindHost reports whether an address has an @ behind what seems to be its host. That is then a password up to a slash in it,
// and what follows would be taken, and told, as a path or a database.
func atBehindHost(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	slash := strings.IndexAny(rest, "/?#")

	return slash >= 0 && strings.Contains(rest[slash:], "@")
}

func quoted(text string) error {
	if strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "'") || strings.HasPrefix(text, "`") {
		return errQuoted
	}

	return nil
}
