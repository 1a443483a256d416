package kubernetes_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// manifests are all that kubectl applies.
type manifests struct {
	namespace core.Namespace
	account   core.ServiceAccount
	worker    apps.Deployment
	console   apps.Deployment
	service   core.Service
	migrate   batch.Job
	budget    policy.PodDisruptionBudget
	network   []networking.NetworkPolicy
}

// kustomization is what is here of one.
type kustomization struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Namespace  string   `json:"namespace"`
	Resources  []string `json:"resources"`

	ConfigMapGenerator []struct {
		Name  string   `json:"name"`
		Envs  []string `json:"envs"`
		Files []string `json:"files"`
	} `json:"configMapGenerator"`
	Images []struct {
		Name    string `json:"name"`
		NewName string `json:"newName"`
		NewTag  string `json:"newTag"`
	} `json:"images"`
}

func readKustomization(t *testing.T) (k kustomization) {
	t.Helper()

	text, err := os.ReadFile("kustomization.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(text, &k))

	return k
}

// read reads the manifests strictly: a member that Kubernetes does not know is an error, as is one that is there twice.
func read(t *testing.T) (all manifests) {
	t.Helper()

	deployments := map[string]*apps.Deployment{"worker.yaml": &all.worker, "console.yaml": &all.console}

	for _, file := range readKustomization(t).Resources {
		text, err := os.ReadFile(file)
		require.NoError(t, err)

		for document := range bytes.SplitSeq(text, []byte("\n---\n")) {
			var kind meta.TypeMeta

			require.NoError(t, yaml.Unmarshal(document, &kind))

			into, known := map[string]any{
				"v1 Namespace":                       &all.namespace,
				"v1 ServiceAccount":                  &all.account,
				"apps/v1 Deployment":                 deployments[file],
				"v1 Service":                         &all.service,
				"batch/v1 Job":                       &all.migrate,
				"policy/v1 PodDisruptionBudget":      &all.budget,
				"networking.k8s.io/v1 NetworkPolicy": &networking.NetworkPolicy{},
			}[kind.APIVersion+" "+kind.Kind]
			require.True(t, known, "%s: %s %s", file, kind.APIVersion, kind.Kind)
			require.NoError(t, yaml.UnmarshalStrict(document, into), file)

			if one, is := into.(*networking.NetworkPolicy); is {
				all.network = append(all.network, *one)
			}
		}
	}

	return all
}

// pods are the templates of all pods.
func (m manifests) pods() map[string]core.PodTemplateSpec {
	return map[string]core.PodTemplateSpec{
		"worker": m.worker.Spec.Template, "migrate": m.migrate.Spec.Template, "console": m.console.Spec.Template,
	}
}

func TestEveryManifestIsApplied(t *testing.T) {
	t.Parallel()

	found, err := filepath.Glob("*.yaml")
	require.NoError(t, err)

	found = slices.DeleteFunc(found, func(file string) bool { return file == "kustomization.yaml" || file == "nats-values.yaml" })
	require.ElementsMatch(t, found, readKustomization(t).Resources)

	for _, made := range readKustomization(t).ConfigMapGenerator {
		for _, file := range append(made.Envs, made.Files...) {
			require.FileExists(t, file)
		}
	}
}

// A pod of any other namespace, or of none of ours, would be met by no policy.
func TestSelectorsMeetThePodsThatTheyMean(t *testing.T) {
	t.Parallel()

	all := read(t)
	worker := all.worker.Spec.Template.Labels

	require.Equal(t, readKustomization(t).Namespace, all.namespace.Name)
	require.Subset(t, worker, all.worker.Spec.Selector.MatchLabels)
	require.Subset(t, worker, all.budget.Spec.Selector.MatchLabels)
	require.Less(t, all.budget.Spec.MaxUnavailable.IntValue(), int(*all.worker.Spec.Replicas))
	require.Subset(t, worker, all.worker.Spec.Template.Spec.TopologySpreadConstraints[0].LabelSelector.MatchLabels)

	console := all.console.Spec.Template
	require.Subset(t, console.Labels, all.console.Spec.Selector.MatchLabels)
	require.Subset(t, console.Labels, all.service.Spec.Selector)
	require.Equal(t, console.Spec.Containers[0].Ports[0].Name, all.service.Spec.Ports[0].TargetPort.StrVal)

	meant := []map[string]string{worker, console.Labels, all.migrate.Spec.Template.Labels, {"app.kubernetes.io/name": "nats"}}
	refused := false

	for _, one := range all.network {
		refused = refused || len(one.Spec.PodSelector.MatchLabels) == 0 && len(one.Spec.PolicyTypes) == 2 &&
			len(one.Spec.Ingress) == 0 && len(one.Spec.Egress) == 0
		require.True(t, slices.ContainsFunc(meant, func(labels map[string]string) bool {
			return contains(labels, one.Spec.PodSelector.MatchLabels)
		}), one.Name)
	}

	require.True(t, refused, "what is not allowed is refused")
}

func contains(labels, selected map[string]string) bool {
	for name, value := range selected {
		if labels[name] != value {
			return false
		}
	}

	return true
}

func TestImagesArePinned(t *testing.T) {
	t.Parallel()

	k := readKustomization(t)

	for name, pod := range read(t).pods() {
		for _, container := range pod.Spec.Containers {
			require.Equal(t, k.Images[0].Name, container.Image, name)
		}
	}

	require.NotEmpty(t, k.Images[0].NewTag)
	require.NotEqual(t, "latest", k.Images[0].NewTag)
}

// The queue has as many nodes as the workers make copies, and syncs what it acknowledges.
func TestTheQueueHasANodeForEachCopy(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("nats-values.yaml")
	require.NoError(t, err)

	var values struct {
		Config struct {
			Cluster struct {
				Replicas int `json:"replicas"`
			} `json:"cluster"`
			JetStream struct {
				Merge map[string]string `json:"merge"`
			} `json:"jetstream"`
		} `json:"config"`
	}

	require.NoError(t, yaml.Unmarshal(text, &values))
	require.Equal(t, 3, values.Config.Cluster.Replicas)
	require.Equal(t, "3", settings(t)["ENROLL_REPLICAS"])
	require.Equal(t, "always", values.Config.JetStream.Merge["sync_interval"])
}

// settings are the variables that workers get.
func settings(t *testing.T) map[string]string {
	t.Helper()

	text, err := os.ReadFile("settings.env")
	require.NoError(t, err)

	all := map[string]string{}

	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		require.True(t, found, line)
		require.NotContains(t, all, name)

		all[name] = value
	}

	return all
}
