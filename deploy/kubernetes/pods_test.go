package kubernetes_test

import (
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// What Kubernetes itself would say of the pods in a namespace that enforces restricted.
func TestPodsAreRestricted(t *testing.T) {
	t.Parallel()

	all := read(t)
	require.Equal(t, "restricted", all.namespace.Labels[api.EnforceLevelLabel])

	checks, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	require.NoError(t, err)

	for name, pod := range all.pods() {
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}

		for _, result := range checks.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec) {
			require.True(t, result.Allowed, "%s: %s: %s", name, result.ForbiddenReason, result.ForbiddenDetail)
		}

		require.False(t, *pod.Spec.AutomountServiceAccountToken, name)
		require.Equal(t, all.account.Name, pod.Spec.ServiceAccountName, name)
		require.Nil(t, pod.Spec.SecurityContext.RunAsUser, "%s: any uid does", name)

		for _, container := range pod.Spec.Containers {
			require.True(t, *container.SecurityContext.ReadOnlyRootFilesystem, name)
			require.Nil(t, container.SecurityContext.RunAsUser, "%s: any uid does", name)
			require.NotZero(t, container.Resources.Limits.Cpu().Value(), name)
			require.NotZero(t, container.Resources.Limits.Memory().Value(), name)
		}
	}
}

// Secrets come as files of whole directories: those are renewed when a secret changes, variables and single files are not.
func TestSecretsAreFilesThatAreRenewed(t *testing.T) {
	t.Parallel()

	for name, pod := range read(t).pods() {
		for _, container := range pod.Spec.Containers {
			for _, from := range container.EnvFrom {
				require.Nil(t, from.SecretRef, name)
			}

			for _, variable := range container.Env {
				require.True(t, variable.ValueFrom == nil || variable.ValueFrom.SecretKeyRef == nil, "%s: %s", name, variable.Name)
				require.NotContains(t, variable.Value, "password=", name)
			}

			for _, mount := range container.VolumeMounts {
				require.Empty(t, mount.SubPath, "%s: %s", name, mount.Name)
			}
		}

		for _, volume := range pod.Spec.Volumes {
			require.Nil(t, volume.HostPath, name)

			if volume.Secret != nil {
				require.Empty(t, volume.Secret.Items, "%s: %s", name, volume.Name)
				require.Nil(t, volume.Secret.DefaultMode, "%s: %s: any uid reads it", name, volume.Name)
			}
		}
	}
}

// usedBy says by flag which commands take a setting, as docs/settings.md does, which a test of the commands writes.
func usedBy(t *testing.T) map[string]string {
	t.Helper()

	text, err := os.ReadFile("../../docs/settings.md")
	require.NoError(t, err)

	all := map[string]string{}

	for _, row := range regexp.MustCompile("(?m)^\\| `--([a-z0-9-]+)` \\|[^|]*\\|([^|]*)\\|").FindAllStringSubmatch(string(text), -1) {
		all["ENROLL_"+strings.ToUpper(strings.ReplaceAll(row[1], "-", "_"))] += row[2]
	}

	require.Contains(t, all["ENROLL_NATS_URL"], "`worker run`")

	return all
}

// Each variable is a setting of the command that gets it, and each file that one names is where a volume is.
func TestVariablesAreSettings(t *testing.T) {
	t.Parallel()

	known := usedBy(t)

	for name, pod := range read(t).pods() {
		container := pod.Spec.Containers[0]
		command := "`worker " + strings.Join(container.Args, " ") + "`"
		variables := map[string]string{}

		for _, from := range container.EnvFrom {
			require.Equal(t, "enroll-settings", from.ConfigMapRef.Name)

			variables = settings(t)
		}

		for _, variable := range container.Env {
			variables[variable.Name] = variable.Value
		}

		for variable, value := range variables {
			if variable == "GOMEMLIMIT" {
				continue
			}

			require.Contains(t, known[variable], command, "%s: %s", name, variable)

			for _, file := range files(variable, value) {
				require.True(t, mounted(container, file), "%s: %s: %s is in no volume", name, variable, file)
			}
		}
	}
}

// files are those that a setting names, or an address in it.
func files(variable, value string) []string {
	if strings.HasSuffix(variable, "_FILE") || strings.HasSuffix(variable, "_FILES") || strings.HasSuffix(variable, "_CACHE") {
		return strings.Split(value, ",")
	}

	var all []string
	for _, found := range regexp.MustCompile(`(?:passfile|sslrootcert)=([^&]+)`).FindAllStringSubmatch(value, -1) {
		all = append(all, found[1])
	}

	return all
}

func mounted(container core.Container, file string) bool {
	for _, mount := range container.VolumeMounts {
		if path.Dir(file) == mount.MountPath {
			return true
		}
	}

	return false
}

// Kubernetes kills no worker that is still about to end.
func TestAPodHasTimeToEnd(t *testing.T) {
	t.Parallel()

	const after = 20 * time.Second // answers of calls that were cut off, acknowledgements, traces

	grace, err := time.ParseDuration(settings(t)["ENROLL_GRACE"])
	require.NoError(t, err)

	given := time.Duration(*read(t).worker.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second
	require.Greater(t, given, grace+after)
}

// Go keeps within the memory and the processors that the container has.
func TestLimitsAreHeeded(t *testing.T) {
	t.Parallel()

	all := read(t)

	requireLimitHeeded(t, all.worker.Spec.Template.Spec.Containers[0])
	requireLimitHeeded(t, all.console.Spec.Template.Spec.Containers[0])
}

func requireLimitHeeded(t *testing.T, container core.Container) {
	t.Helper()

	limit := container.Resources.Limits.Memory().Value()

	var soft int64

	for _, variable := range container.Env {
		require.NotEqual(t, "GOMAXPROCS", variable.Name, "Go reads the limit of processors by itself")

		if variable.Name == "GOMEMLIMIT" {
			soft = bytesOf(t, variable.Value)
		}
	}

	require.GreaterOrEqual(t, soft, limit*85/100)
	require.LessOrEqual(t, soft, limit*95/100)
}

func bytesOf(t *testing.T, text string) int64 {
	t.Helper()

	amount, err := resource.ParseQuantity(strings.TrimSuffix(text, "B")) // Go writes MiB, Kubernetes Mi
	require.NoError(t, err)

	return amount.Value()
}

func TestProbesAskWhatTheWorkerAnswers(t *testing.T) {
	t.Parallel()

	container := read(t).worker.Spec.Template.Spec.Containers[0]
	answered, err := os.ReadFile("../../docs/metrics.md")
	require.NoError(t, err)

	require.Equal(t, "/healthz", container.LivenessProbe.HTTPGet.Path)
	require.Equal(t, "/readyz", container.ReadinessProbe.HTTPGet.Path)

	for _, probe := range []*core.Probe{container.StartupProbe, container.LivenessProbe, container.ReadinessProbe} {
		require.Contains(t, string(answered), "| `"+probe.HTTPGet.Path+"` |")
		require.Equal(t, container.Ports[0].Name, probe.HTTPGet.Port.StrVal)
	}

	_, port, _ := strings.Cut(settings(t)["ENROLL_HEALTH_LISTEN"], ":")
	require.Equal(t, port, resource.NewQuantity(int64(container.Ports[0].ContainerPort), resource.DecimalSI).String())
}
