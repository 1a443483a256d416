package cli_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

// Passwords also come from the environment and from files that libraries read by themselves. Whatever goes wrong with those, no
// command repeats any part of them.
func TestNoCommandRepeatsAPasswordOfTheEnvironment(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	made := newKeys(t, dir)

	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

		return path
	}

	cards := write("cards.csv", "pan,exp_month,exp_year,email\n"+sandbox.PAN(0, 1)+",12,2099,ana@example.com\n")
	passwords := write("pgpass", closedHost+":1:enroll:enroll:"+firstPart+secondPart+"\nno line "+firstPart+"\n")
	binary := write("binary", "\xff\xfe"+firstPart+"\x00")
	services := write("services", "[bank]\nhost="+closedHost+"\nport=1\ndbname=enroll\npassword="+firstPart+" "+secondPart+"\n[broken\n"+firstPart+"\n")
	creds := write("creds", "-----BEGIN NATS USER JWT-----\n"+firstPart+"."+secondPart+"\n------END NATS USER JWT------\n"+
		"-----BEGIN USER NKEY SEED-----\nSU"+firstPart+"\n------END USER NKEY SEED------\n")
	key := write("client.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"+firstPart+secondPart+"\n-----END ENCRYPTED PRIVATE KEY-----\n")

	const database = "postgres://enroll@" + closedPort + "/enroll"

	keySet := map[string]string{"encryption-key-url": "https://keys.example/set"}
	password := firstPart + "@/ %" + secondPart

	cases := map[string]struct{ env, flags map[string]string }{
		"PGPASSWORD":             {env: map[string]string{"PGPASSWORD": password}, flags: map[string]string{"database-url": database}},
		"PGPASSFILE":             {env: map[string]string{"PGPASSFILE": passwords}, flags: map[string]string{"database-url": database}},
		"PGPASSFILE, not text":   {env: map[string]string{"PGPASSFILE": binary}, flags: map[string]string{"database-url": database}},
		"passfile":               {flags: map[string]string{"database-url": database + "?passfile=" + passwords}},
		"PGSERVICEFILE":          {env: map[string]string{"PGSERVICEFILE": services, "PGSERVICE": "bank"}, flags: map[string]string{"database-url": database}},
		"a service of the URL":   {env: map[string]string{"PGSERVICEFILE": services}, flags: map[string]string{"database-url": database + "?service=bank"}},
		"a service that is none": {env: map[string]string{"PGSERVICEFILE": services}, flags: map[string]string{"database-url": database + "?service=" + firstPart}},
		"sslpassword": {flags: map[string]string{
			"database-url": database + "?sslmode=verify-full&sslcert=" + key + "&sslkey=" + key + "&sslpassword=" + firstPart + "%20" + secondPart,
		}},
		"PGSSLPASSWORD": {
			env: map[string]string{"PGSSLPASSWORD": password}, flags: map[string]string{"database-url": database + "?sslcert=" + key + "&sslkey=" + key},
		},
		"credentials of the queue":        {flags: map[string]string{"nats-creds-file": creds, "nats-url": "nats://" + closedPort}},
		"credentials in the wrong place":  {flags: map[string]string{"nats-ca-file": creds}},
		"a key in the wrong place":        {flags: map[string]string{"nats-cert-file": key, "nats-key-file": key}},
		"HTTPS_PROXY":                     {env: map[string]string{"HTTPS_PROXY": "http://bank:" + firstPart + secondPart + "@" + closedPort}, flags: keySet},
		"HTTPS_PROXY, a slash in it":      {env: map[string]string{"HTTPS_PROXY": "http://bank:12/" + firstPart + "@" + closedPort}, flags: keySet},
		"HTTPS_PROXY, a percent in it":    {env: map[string]string{"HTTPS_PROXY": "http://bank:%" + firstPart + "@" + closedPort}, flags: keySet},
		"HTTPS_PROXY, a blank in it":      {env: map[string]string{"HTTPS_PROXY": "http://bank:a " + firstPart + "@" + closedPort}, flags: keySet},
		"HTTPS_PROXY, of no known scheme": {env: map[string]string{"HTTPS_PROXY": "gopher://bank:" + firstPart + "@" + closedPort}, flags: keySet},
		"https_proxy, without a scheme":   {env: map[string]string{"https_proxy": "bank:" + firstPart + "@" + closedPort}, flags: keySet},
	}

	commands := []string{"worker run", "worker keys", "worker status", "submit file", "submit status"}

	for turn, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]

		t.Run(name, func(t *testing.T) {
			t.Parallel()

			good := settingsOf(made, map[string]string{
				"nats-url": "nats://" + closedPort, "database-url": database, "mastercard-url": "http://" + closedPort,
				"health-listen": "127.0.0.1:0", "program": "demo", "batch": "b",
			})

			var env []string
			for variable, value := range c.env {
				env = append(env, variable+"="+value)
			}

			for flag, value := range c.flags {
				good[flag] = value
				if flag == "encryption-key-url" {
					good["encryption-key-file"] = ""
				}
			}

			// Each is a process, so that not every command meets every case.
			for _, command := range []string{commands[turn%len(commands)], commands[(turn+2)%len(commands)]} {
				leaf := leafNamed(t, command)

				code, said := run(t, env, leaf.program, leaf.args(good, map[string]string{"FILE": cards}, "")...)
				require.True(t, code != 0 || command == "worker keys", "%s: %s", command, said)

				for _, part := range []string{firstPart, secondPart, "xxxxx"} { // nothing had to be hidden that was repeated
					require.NotContains(t, said, part, command)
				}
			}
		})
	}
}

const closedHost = "127.0.0.1"
