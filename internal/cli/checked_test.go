package cli_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/workercli"
)

// anything marks settings of which every value is right, or that are looked at where they are first used because what they
// name need not be there before.
const anything = ""

// Every setting of the commands that take and send jobs is checked before anything starts: a wrong value ends the command with
// exit code 2 and is named with its setting. A setting that is added has to be listed here.
func TestEverySettingIsCheckedBeforeAnythingStarts(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	made := newKeys(t, dir)

	noKey := filepath.Join(dir, "no key")
	require.NoError(t, os.WriteFile(noKey, []byte("no key\n"), 0o600))

	cards := filepath.Join(dir, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+sandbox.PAN(0, 1)+",12,2099,ana@example.com\n"), 0o600))

	good := settingsOf(made, map[string]string{
		"database-url":   "postgres://enroll@127.0.0.1:1/enroll",
		"nats-url":       "nats://127.0.0.1:1",
		"mastercard-url": "http://127.0.0.1:1",
		"program":        "demo",
	})

	for name, wrong := range map[string]map[string]string{
		"worker run": {
			"nats-url": "127.0.0.1:4222", "nats-creds-file": noKey + ".x", "nats-ca-file": noKey, "nats-cert-file": noKey,
			"nats-key-file": noKey, "nats-inbox-prefix": "enroll.jobs", "replicas": "0", "max-queue-bytes": "-1", "ack-wait": "1ms", "max-ack-pending": "0", "outcomes-max-age": "1s",
			"database-url": "postgres://enroll@127.0.0.1:1/enroll?sslmode=sometimes", "mastercard-url": "https://a b",
			"mastercard-ca-file": noKey, "consumer-key-file": noKey, "signing-key-file": noKey,
			"signing-key-password-file": noKey + ".x", "signing-key-alias": anything, "auth": "basic",
			"oauth2-token-url": "https://a b", "oauth2-issuer": "nobody", "oauth2-scopes": "a b", "oauth2-client-id": "a b", "oauth2-kid": "a b",
			"oauth2-dpop-key-file": noKey, "oauth2-skew": "6m", "encryption-key-file": noKey,
			"token-connect-url": "https://a b", "token-connect-key-file": noKey, "token-connect-fingerprint": "xyz", "token-connect-cipher": "rot13", "token-connect-oaep": "md5",
			"encryption-key-url": "http://keys.example/set", "encryption-key-cache": anything, "encryption-kid": "another",
			"verdicts-file": noKey, "call-timeout": "-1s", "max-retry-after": "-1s", "compliance-at": "nowhere",
			"accept-inferred": "nosuch", "allow-plain-http": "perhaps", "omit-client-id": "perhaps", "programs-file": noKey, "intake-key-files": noKey, "hmac-key-files": noKey,
			"worker-name": "a\tb", "in-flight": "0", "guard-window": "3", "grace": "-1s", "health-listen": "8282",
			"log-format": "xml", "log-level": "loud",
		},
		"submit file": {
			"nats-url": "127.0.0.1:4222", "nats-creds-file": noKey + ".x", "nats-ca-file": noKey, "nats-cert-file": noKey,
			"nats-key-file": noKey, "nats-inbox-prefix": "a b", "database-url": "postgres://enroll@127.0.0.1:1/enroll?sslmode=sometimes",
			"intake-key-file": noKey, "program": "A B", "batch": "a b", "map": noKey, "delimiter": "x", "encoding": "EBCDIC",
			"max-rejects": "101", "rate": "-1", "give-up-after": "0s", "not-after": "tomorrow", "log-format": "xml",
			"log-level": "loud", "expect-rows": "-1", "trailer": "T;{count}", "card-like-fields": "nosuch", "pattern": anything, "rejects": anything, "dry-run": "perhaps",
			"restart": "perhaps", "again": "perhaps", "unknown-program": "perhaps", "strict-end": "perhaps", "wait": "perhaps", "json": "perhaps",
		},
	} {
		leaf := leafNamed(t, name)
		for _, f := range leaf.node.Flags {
			if f.Name != "help" {
				require.Contains(t, slices.Collect(maps.Keys(wrong)), f.Name, "%s: how is it checked?", name)
			}
		}

		for setting, value := range wrong {
			if value == anything {
				continue
			}

			t.Run(name+" --"+setting, func(t *testing.T) {
				t.Parallel()

				args := append(leaf.args(good, map[string]string{"FILE": cards}, setting), fmt.Sprintf("--%s=%s", setting, value))
				if setting == "encryption-key-url" { // instead of the file
					args = slices.DeleteFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--encryption-key-file=") })
				}

				code, said := ran(leaf.grammar(), leaf.program, args...)
				require.Equal(t, 2, code, said)
				require.Contains(t, said, strings.TrimSuffix("--"+setting, "-password-file"))
			})
		}
	}
}

// A setting with bounds says the value, and what it may be.
func TestSettingsOutOfBoundsSayTheBounds(t *testing.T) {
	t.Parallel()

	for setting, says := range map[string]string{
		"in-flight=-3":          "--in-flight: -3 is not 1 to 1000",
		"in-flight=0":           "--in-flight: 0 is not 1 to 1000",
		"in-flight=1000000":     "--in-flight: 1000000 is not 1 to 1000",
		"ack-wait=-1s":          "--ack-wait: -1s is not 1s to 1h",
		"ack-wait=1ms":          "--ack-wait: 1ms is not 1s to 1h",
		"grace=-1s":             "--grace: -1s is not 1s to 1h",
		"grace=0s":              "--grace: 0s is not 1s to 1h",
		"max-ack-pending=0":     "--max-ack-pending: 0 is not 1 to 1000000",
		"max-queue-bytes=-1":    "--max-queue-bytes: -1 is not 1048576 (1 MiB) or more, or 0",
		"max-queue-bytes=1000":  "--max-queue-bytes: 1000 is not 1048576 (1 MiB) or more, or 0",
		"call-timeout=0s":       "--call-timeout: 0s is not 100ms to 10m",
		"call-timeout=1ms":      "--call-timeout: 1ms is not 100ms to 10m",
		"max-retry-after=0s":    "--max-retry-after: 0s is not 1s to 24h",
		"max-retry-after=1000h": "--max-retry-after: 1000h0m0s is not 1s to 24h",
		"replicas=2":            "--replicas: 2 is not 1, 3 or 5",
		"replicas=9":            "--replicas: 9 is not 1, 3 or 5",
		"outcomes-max-age=1s":   "--outcomes-max-age: 1s is not 1h or more",
		"guard-window=3":        "--guard-window: 3 is not 10 to 10000",
	} {
		code, said := ran(&workercli.Worker{}, "worker", "run", "--"+setting)
		require.Equal(t, 2, code, setting)
		require.Contains(t, said, says)
	}
}

// A program that wants more calls at once than the worker makes would not get what its file says.
func TestAProgramsLeastIsWithinTheWorkers(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "programs.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"programs":[{"name":"gold","min_in_flight":9,
		"src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s"}]}`), 0o600))

	code, said := ran(&workercli.Worker{}, "worker", "run", "--programs-file", file, "--in-flight", "8")
	require.Equal(t, 2, code)
	require.Contains(t, said, "--programs-file: program gold: min_in_flight: 9 is more than --in-flight 8")

	_, said = ran(&workercli.Worker{}, "worker", "run", "--programs-file", file, "--in-flight", "9")
	require.NotContains(t, said, "min_in_flight")

	require.NoError(t, os.WriteFile(file, []byte(`{"programs":[{"name":"gold","min_in_flight":9,"lane":"batch",
		"src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"s"}]}`), 0o600))

	_, said = ran(&workercli.Worker{}, "worker", "run", "--programs-file", file, "--in-flight", "8")
	require.NotContains(t, said, "min_in_flight", "the setting is for the single lane")
}

// Every member of a programs file is checked, so that none is found wrong by the first call, which would halt the program.
func TestEveryMemberOfAProgramIsChecked(t *testing.T) {
	t.Parallel()

	wrong := map[string]string{
		"name": `"A B"`, "src_client_id": `"demo"`, "service_id": `"a b"`, "card_source": `"BANK"`, "consumer_identity": `"SHOE_SIZE"`, "consumer_email": `"perhaps"`,
		"profile": `"nosuch"`, "directory_id": `"a b"`, "operations": `["suspend"]`, "token_requestor_id": `"123"`, "push_holder_data": `["SHOE_SIZE"]`,
		"compliance": `{"privacy":{}}`, "max_attempts": `-1`, "max_age": `"-1s"`, "retry_base": `"-1s"`,
		"retry_cap": `"1ms"`, "card_like_fields": `["nosuch"]`, "auth": `"basic"`, "scopes": `["a b"]`, "on_unknown": `"guess"`, "rate": `-1`, "burst": `-1`, "min_in_flight": `-1`, "max_in_flight": `-1`,
		"lane": `"fast"`, "batch_records": `251`, "batch_wait": `"2m"`, "batch_poll": `"1h"`, "batch_deadline": `"1s"`,
	}

	for field := range reflect.TypeFor[enroll.Program]().Fields() {
		name := field.Tag.Get("json")
		if name == "-" {
			continue
		}

		require.Contains(t, wrong, name, "how is it checked?")

		members := map[string]string{
			"name": `"a"`, "src_client_id": `"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293"`, "service_id": `"s"`, name: wrong[name],
		}

		var text []string
		for member, value := range members {
			text = append(text, fmt.Sprintf("%q:%s", member, value))
		}

		_, err := enroll.ParsePrograms([]byte(`{"programs":[{` + strings.Join(text, ",") + `}]}`))
		require.ErrorContains(t, err, name)
	}
}
