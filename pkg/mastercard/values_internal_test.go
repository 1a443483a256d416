package mastercard

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// What a profile may name, the code can fill.
func TestEverySourceHasAValue(t *testing.T) {
	t.Parallel()

	texts, objects := getters(), objectGetters()
	named := map[string]bool{}

	for _, operation := range profile.Operations() {
		for _, encrypted := range []bool{false, true} {
			for _, source := range profile.SourcesOf(operation, encrypted) {
				named[source.Name] = true

				if source.Object {
					require.Contains(t, objects, source.Name)
				} else {
					require.Contains(t, texts, source.Name)
				}
			}
		}
	}

	for name := range texts {
		require.True(t, named[name], "%s cannot be named", name)
	}

	for name := range objects {
		require.True(t, named[name], "%s cannot be named", name)
	}
}

// A request without any value must not panic.
func TestValuesThatAreNotThere(t *testing.T) {
	t.Parallel()

	for name, get := range getters() {
		require.Empty(t, get(&values{}), name)
	}

	for name, get := range objectGetters() {
		require.Nil(t, get(&values{}), name)
	}
}
