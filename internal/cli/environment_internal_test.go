package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMistypedVariableIsSaidWithTheNearestName(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		environment []string
		want        []string
	}{
		"a letter left out": {
			[]string{"ENROLL_NAT_URL=nats://user:secret@h:1"},
			[]string{"the environment variable ENROLL_NAT_URL is no setting and is not heeded; did you mean ENROLL_NATS_URL?"},
		},
		"the plural": {
			[]string{"ENROLL_HMAC_KEY_FILE=x"},
			[]string{"the environment variable ENROLL_HMAC_KEY_FILE is no setting and is not heeded; did you mean ENROLL_HMAC_KEY_FILES?"},
		},
		"like none": {
			[]string{"ENROLL_SOMETHING_ELSE=x"},
			[]string{"the environment variable ENROLL_SOMETHING_ELSE is no setting and is not heeded"},
		},
		"settings of all programs": {[]string{"ENROLL_NATS_URL=a", "ENROLL_INTAKE_KEY_FILE=b", "ENROLL_INTAKE_KEY_FILES=c", "ENROLL_SANDBOX_KEYS=d", "ENROLL_POSTGRES_SOURCE=npm"}, nil},
		"those of tests":           {[]string{"ENROLL_TEST_RUN_AS=worker", "ENROLL_TEST_ROLE=x"}, nil},
		"those of Kubernetes": {
			[]string{"ENROLL_DB_SERVICE_HOST=1", "ENROLL_DB_SERVICE_PORT_SQL=1", "ENROLL_DB_PORT=1", "ENROLL_DB_PORT_5432_TCP_ADDR=1"}, nil,
		},
		"others": {[]string{"PATH=/bin", "XENROLL_A=1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, unknownVariables(c.environment))
		})
	}
}
