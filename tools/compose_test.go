// Package tools_test checks the files around the code that the code's own tests
// do not reach. It is a module of its own, so that its parsers stay out of ours.
package tools_test

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

const (
	composeFile = "../docker-compose.yml"
	image       = "clicktopay" // what the Dockerfile builds
)

func load(t *testing.T, file string) (*types.Project, error) {
	t.Helper()

	// No environment of the machine: the file must stand on its own.
	options, err := cli.NewProjectOptions([]string{file}, cli.WithProfiles([]string{"*"}))
	require.NoError(t, err)

	return options.LoadProject(t.Context())
}

func compose(t *testing.T) *types.Project {
	t.Helper()

	project, err := load(t, composeFile)
	require.NoError(t, err)

	return project
}

func TestComposeStartsEverything(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t,
		[]string{"nats", "postgres", "keys", "migrate", "sandbox", "worker", "submit"},
		compose(t).ServiceNames())
}

func TestComposePinsImages(t *testing.T) {
	t.Parallel()

	pinned := regexp.MustCompile(`:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$`)

	for name, service := range compose(t).Services {
		if service.Build == nil {
			require.Regexp(t, pinned, service.Image, name)
		} else {
			require.Equal(t, image, service.Image, name)
		}
	}
}

// What listens does so for this machine only: nothing here is protected by more than a known password.
func TestComposePublishesOnLoopbackOnly(t *testing.T) {
	t.Parallel()

	for name, service := range compose(t).Services {
		for _, port := range service.Ports {
			require.Equal(t, "127.0.0.1", port.HostIP, "%s publishes %s", name, port.Published)
		}
	}
}

// To wait for a service that runs is to wait until it is healthy, for one that ends until it has succeeded.
func TestComposeWaitsForTheRightThing(t *testing.T) {
	t.Parallel()

	project := compose(t)

	for name, service := range project.Services {
		for on, dependency := range service.DependsOn {
			want := types.ServiceConditionCompletedSuccessfully
			if project.Services[on].HealthCheck != nil {
				want = types.ServiceConditionHealthy
			}

			require.Equal(t, want, dependency.Condition, "%s waits for %s", name, on)
		}
	}
}

// A setting that names a file needs a volume to find it on, one that names a server a service to answer.
func TestComposeSettingsPointSomewhere(t *testing.T) {
	t.Parallel()

	project := compose(t)

	for name, service := range project.Services {
		for setting, value := range service.Environment {
			require.NotNil(t, value, "%s: %s has no value", name, setting)

			switch {
			case strings.HasSuffix(setting, "_FILE"), strings.HasSuffix(setting, "_FILES"):
				require.True(t, mounted(service, *value), "%s: %s=%s is on no volume", name, setting, *value)
			case strings.HasSuffix(setting, "_URL"):
				address, err := url.Parse(*value)
				require.NoError(t, err, "%s: %s", name, setting)
				require.Contains(t, project.Services, address.Hostname(), "%s: %s", name, setting)
			}
		}
	}
}

func mounted(service types.ServiceConfig, file string) bool {
	for _, volume := range service.Volumes {
		if strings.HasPrefix(file, volume.Target+"/") {
			return true
		}
	}

	return false
}

// The parser must find what people get wrong, or its silence about the real file means nothing.
func TestComposeParserFindsFaults(t *testing.T) {
	t.Parallel()

	good, err := os.ReadFile(composeFile)
	require.NoError(t, err)

	for name, fault := range map[string]struct{ old, bad, want string }{
		"a condition that does not exist": {"service_healthy", "service_well", "service_well|must be"},
		"an unknown key":                  {"\n  nats: #", "\n  nats:\n    imagge: x #", "imagge"},
		"an undefined volume":             {"keys:/keys:ro", "kees:/keys:ro", "undefined volume kees"},
		"an undefined service":            {"migrate: {condition", "migrations: {condition", "undefined service"},
		"an undefined config":             {"source: nats", "source: gnats", "undefined config gnats"},
		"a port out of range":             {"127.0.0.1:4222:4222", "127.0.0.1:99999:4222", "99999"},
		"a bad duration":                  {"interval: 5s", "interval: 5 apples", "apples"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, string(good), fault.old)

			file := filepath.Join(t.TempDir(), "docker-compose.yml")
			bad := strings.ReplaceAll(string(good), fault.old, fault.bad)
			require.NoError(t, os.WriteFile(file, []byte(bad), 0o600))

			_, err := load(t, file)
			require.Error(t, err)
			require.Regexp(t, fault.want, err.Error())
		})
	}
}
