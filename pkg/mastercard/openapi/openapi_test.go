package openapi_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

func load(t *testing.T) *openapi3.T {
	t.Helper()

	doc, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	require.NoError(t, err)

	return doc
}

func TestDescriptionIsValid(t *testing.T) {
	t.Parallel()
	require.NoError(t, load(t).Validate(t.Context()))
}

func TestDescriptionTellsTheOperations(t *testing.T) {
	t.Parallel()

	operations := map[string]string{}
	for path, item := range load(t).Paths.Map() {
		for method, operation := range item.Operations() {
			operations[method+" "+path] = operation.OperationID
		}
	}

	require.Equal(t, map[string]string{
		"POST /cards":            "putCard",
		"GET /cards/{cardId}":    "getCard",
		"DELETE /cards/{cardId}": "deleteCard",

		"POST /cards/batch":          "batchEnrollCards",
		"GET /cards/batch/{batchId}": "getCardsBatch",
	}, operations)
}

// Unknown members must pass in both directions, and no Go type may need a package for a string format.
func TestSchemasKeepTheRulesOfTheFile(t *testing.T) {
	t.Parallel()

	schemas := load(t).Components.Schemas
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		schema := schemas[name].Value
		require.True(t, schema.AdditionalProperties.Has == nil || *schema.AdditionalProperties.Has, name)
		require.Empty(t, slices.Concat(schema.AllOf, schema.AnyOf, schema.OneOf), name)

		for property, ref := range schema.Properties {
			require.NotContains(t, []string{"uuid", "email", "date", "date-time", "byte"}, ref.Value.Format, name+"."+property)

			if ref.Ref == "" {
				require.Empty(t, ref.Value.Properties, "%s.%s is an object without a name", name, property)
			}
		}
	}
}

func TestCardHasNoSecurityCode(t *testing.T) {
	t.Parallel()
	require.NotContains(t, load(t).Components.Schemas["Card"].Value.Properties, "cardSecurityCode")
}

func TestYAMLIsACopy(t *testing.T) {
	t.Parallel()

	openapi.YAML()[0] = 'x'
	require.Equal(t, byte('#'), openapi.YAML()[0])
}
