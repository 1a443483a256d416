package settings_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/settings"
)

const secret = "s3cr3t"

func TestADatabaseURLNamesHostAndDatabase(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ url, want string }{
		"a URL":                       {"postgres://enroll@127.0.0.1:1/enroll", ""},
		"the other scheme":            {"postgresql://enroll:" + secret + "@[::1]:1/enroll?sslmode=disable", ""},
		"a line end behind it":        {"postgres://enroll@127.0.0.1:1/enroll\r\n", ""},
		"a socket's folder":           {"postgres:///enroll?host=/run/postgresql", ""},
		"keywords":                    {"host=127.0.0.1 port=1 dbname=enroll password=" + secret, ""},
		"double quotes":               {`"postgres://enroll:` + secret + `@127.0.0.1/enroll"`, "quote"},
		"single quotes":               {"'postgres://enroll:" + secret + "@127.0.0.1/enroll'", "quote"},
		"JDBC":                        {"jdbc:postgresql://127.0.0.1/enroll?user=enroll&password=" + secret, "JDBC"},
		"another scheme":              {"mysql://enroll:" + secret + "@127.0.0.1/enroll", "names a host"},
		"no scheme":                   {"enroll:" + secret + "@127.0.0.1/enroll", "names a host"},
		"no host":                     {"postgres:///enroll", "names a host"},
		"no database":                 {"postgres://enroll:" + secret + "@127.0.0.1", "names a host"},
		"a slash for a database":      {"postgres://enroll:" + secret + "@127.0.0.1/", "names a host"},
		"keywords without a host":     {"dbname=enroll password=" + secret, "names a host"},
		"keywords without a database": {"host=127.0.0.1 password=" + secret, "names a host"},
		"a slash in the password":     {"postgres://enroll:pa/" + secret + "@127.0.0.1/enroll", "%2F"},
		"a percent in the password":   {"postgres://enroll:50%" + secret + "@127.0.0.1/enroll", "%25"},
		"a blank in the password":     {"postgres://enroll:a b" + secret + "@127.0.0.1/en roll", ""},
		"an at sign in the password":  {"postgres://enroll:pa@" + secret + "@127.0.0.1/enroll", "%40"},
		"a port and a slash":          {"postgres://enroll:12/" + secret + "@127.0.0.1/enroll", "%40"},
		"an at sign in the query":     {"postgres://127.0.0.1/enroll?user=enroll&password=pa@" + secret, "%40"},
		"an unknown sslmode":          {"postgres://enroll:" + secret + "@127.0.0.1/enroll?sslmode=sometimes", "sslmode is invalid"},
		"a mode that does not suit":   {"postgres://enroll:" + secret + "@127.0.0.1/enroll?default_query_exec_mode=exec", "cache_describe"},
		"a keyword's blank":           {"host=127.0.0.1 dbname=enroll password=a " + secret, "neither a URL nor"},
		"an empty host behind it":     {"postgres://enroll:" + secret + "@127.0.0.1/enroll?host=", "nothing left empty"},
		"another host behind it":      {"postgres://enroll:" + secret + "@127.0.0.1/enroll?host=other", "each once"},
		"an empty database behind it": {"postgres://enroll:" + secret + "@127.0.0.1/enroll?dbname=", "each once"},
		"a database by two settings":  {"postgres://enroll:" + secret + "@127.0.0.1/enroll?database=other", "each once"},
		"two slashes":                 {"postgres://enroll:" + secret + "@127.0.0.1//enroll", "one database"},
		"a blank for a database":      {"postgres://enroll:" + secret + "@127.0.0.1/%20", "one database"},
		"a quote at the end":          {"postgres://enroll:" + secret + "@127.0.0.1/enroll\"", "quotes"},
		"several hosts":               {"postgres://127.0.0.1:1,127.0.0.1:2/enroll", ""},
		"several hosts, one empty":    {"postgres://127.0.0.1,/enroll", "nothing left empty"},
		"a variable for a host":       {"postgres://enroll:" + secret + "@$HOST/enroll", "$"},
		"an empty keyword":            {"host='' dbname=enroll password=" + secret, "nothing left empty"},
		"an empty database's keyword": {"host=127.0.0.1 dbname='' password=" + secret, "one database"},
		"keywords in a password":      {"password='host=h dbname=d" + secret + "'", "names a host"},
		"keywords in a user's name":   {"user='a host=h dbname=d'", "names a host"},
		"an address without a host":   {"hostaddr=127.0.0.1 dbname=enroll password=" + secret, "names a host"},
		"a keyword twice":             {"host=127.0.0.1 dbname=enroll dbname= password=" + secret, "each once"},
		"a quoted password":           {"host=127.0.0.1 dbname=enroll password='a host=b " + secret + "'", ""},
		"a host and a semicolon":      {"host=127.0.0.1; dbname=enroll password=" + secret, "no blanks"},
		"quotes in keywords":          {"host=127.0.0.1 dbname=\"enroll\" password=" + secret, "quotes"},
		"a hash in the password":      {"postgres://enroll:a#" + secret + "@127.0.0.1/enroll", "%23"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := settings.Database{DatabaseURL: c.url}.Check()
			if err == nil {
				require.Empty(t, c.want, "it was taken")
				return
			}

			require.ErrorContains(t, err, "--database-url: ")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret)
		})
	}
}

func TestAQueueThatCannotBeReachedIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()

	const dead = "127.0.0.1:1"

	for name, c := range map[string]struct{ url, want string }{
		"no password":          {"nats://" + dead, "at nats://" + dead + " (as --nats-url or ENROLL_NATS_URL says)"},
		"a line end behind it": {"nats://" + dead + "\n", "at nats://" + dead + " (as --nats-url or ENROLL_NATS_URL says)"},
		"a password":           {"nats://user:" + secret + "@" + dead, "nats://xxxxx@" + dead},
		"a token":              {"nats://" + secret + "@" + dead, "nats://xxxxx@" + dead},
		"two servers": {
			"nats://a:" + secret + "@" + dead + ",tls://b:" + secret + "@" + dead, "xxxxx@" + dead + ",tls://xxxxx@",
		},
		"an encoded password":                       {"nats://user:%40%2F%25" + secret + "@" + dead, "xxxxx@" + dead},
		"an at sign in the password":                {"nats://user:pa@" + secret + "@" + dead, "--nats-url"},
		"a slash in the password":                   {"nats://user:pa/" + secret + "@" + dead, "%2F"},
		"a port and a slash":                        {"nats://user:12/" + secret + "@" + dead, "%2F"},
		"a percent in the password":                 {"nats://user:50%" + secret + "@" + dead, "%25"},
		"a blank in the password":                   {"nats://user:a b" + secret + "@" + dead, ""},
		"a comma in the password":                   {"nats://user:12," + secret + "@" + dead, "%2C"},
		"a question mark":                           {"nats://user:12?" + secret + "@" + dead, "%3F"},
		"a port and a slash before a socket's path": {"ws://user:12/" + secret + "@" + dead, "%2F"},
		"a hash":                            {"nats://user:12#" + secret + "@" + dead, "%23"},
		"no scheme":                         {"user:" + secret + "@" + dead, "is not a list"},
		"another scheme":                    {"http://user:" + secret + "@" + dead, "is not a list"},
		"quotes":                            {`"nats://user:` + secret + "@" + dead + `"`, "quote"},
		"nothing":                           {"", "is empty"},
		"a host that does not exist at all": {"nats://user:" + secret + "@no-such-host.invalid:4222", "xxxxx@no-such-host.invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, _, err := settings.NATS{NATSURL: c.url}.Connect("test", slog.New(slog.DiscardHandler))
			require.ErrorContains(t, err, "nats-url")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret)
		})
	}
}
