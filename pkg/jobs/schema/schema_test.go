package schema_test

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs/schema"
)

// Each member of each document is described, and each schema is one of its draft.
func TestEveryMemberIsDescribed(t *testing.T) {
	t.Parallel()

	compiler := jsonschema.NewCompiler()

	var ids []string

	for _, text := range [][]byte{schema.JobV1, schema.PayloadV1, schema.UpdateV1, schema.OutcomeV1, schema.DeadLetterV1} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)

		members, _ := document.(map[string]any)
		id, _ := members["$id"].(string)
		require.Equal(t, "https://json-schema.org/draft/2020-12/schema", members["$schema"])
		require.NoError(t, compiler.AddResource(id, document))
		requireDescribed(t, id, members)

		ids = append(ids, id)
	}

	for _, id := range ids {
		_, err := compiler.Compile(id)
		require.NoError(t, err)
	}
}

func requireDescribed(t *testing.T, path string, rule map[string]any) {
	t.Helper()

	for _, group := range []string{"properties", "$defs"} {
		inner, _ := rule[group].(map[string]any)
		for name, value := range inner {
			member, isRule := value.(map[string]any)
			require.True(t, isRule, "%s: %s is no rule", path, name)

			if group == "properties" {
				require.NotEmpty(t, member["description"], "%s: %s is not described", path, name)
			}

			requireDescribed(t, path+"/"+name, member)
		}
	}
}
