package profilecheck_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/profilecheck"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// bomb is a small document that means a billion values.
func bomb() string {
	var text strings.Builder

	text.WriteString("openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths: {}\nx0: &x0 [a,a,a,a,a,a,a,a,a,a]\n")

	for i := 1; i < 9; i++ {
		fmt.Fprintf(&text, "x%d: &x%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d,", i-1), 10), ","))
	}

	return text.String()
}

func TestDescriptionsThatCannotBeUsed(t *testing.T) {
	t.Parallel()

	const head = "openapi: 3.0.3\ninfo: {title: x, version: '1'}\n"

	for name, c := range map[string]struct{ text, want string }{
		"no YAML":        {"\t{", "it is not YAML or JSON"},
		"empty":          {"", "it describes no paths"},
		"something else": {"a: 1\n", "it describes no paths"},
		"no paths":       {head + "paths: {}\n", "it describes no paths"},
		"aliases of aliases": {
			bomb(), "it has more than 1000000 values once its aliases are replaced",
		},
		"an alias of itself": {head + "paths: &p {/x: *p}\n", "alias"},
		"too deep":           {head + "paths: " + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "\n", "nested deeper than"},
		"another file":       {head + "paths: {/x: {$ref: 'other.yaml#/x'}}\n", "other.yaml"},
		"a reference that leads nowhere": {
			head + "paths: {/x: {get: {responses: {'200': {$ref: '#/components/responses/None'}}}}}\n", "None",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file := filepath.Join(t.TempDir(), "spec.yaml")
			require.NoError(t, os.WriteFile(file, []byte(c.text), 0o600))

			_, err := profilecheck.Load(file)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, file)
			require.Less(t, len(err.Error()), 1000)
		})
	}
}

func TestADescriptionThatIsTooLarge(t *testing.T) {
	t.Parallel()

	_, err := profilecheck.Parse(make([]byte, profilecheck.MostBytes+1))
	require.ErrorContains(t, err, "larger than 8388608 bytes")
}

// What a description refers to elsewhere is never asked for.
func TestNothingIsFetched(t *testing.T) {
	t.Parallel()

	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was fetched") }))
	t.Cleanup(server.Close)

	text := strings.Replace(string(openapi.YAML()), `$ref: "#/components/schemas/EnrollCardRequest"`, `$ref: "`+server.URL+`/x.yaml"`, 1)
	_, err := profilecheck.Parse([]byte(text))
	require.ErrorContains(t, err, "x.yaml")
}

func FuzzParse(f *testing.F) {
	f.Add(openapi.YAML())
	f.Add([]byte(bomb()))
	f.Add([]byte(`{"openapi":"3.0.3","paths":{"/cards":{"post":{"requestBody":{"content":{"application/json":{"schema":{"allOf":[{}]}}}}}}}}`))

	of, err := profile.BuiltIn(profile.NameEnrollBatch)
	require.NoError(f, err)

	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := profilecheck.Parse(text)
		if err != nil {
			return
		}

		for _, difference := range profilecheck.Check(of, document, func(string, string) bool { return false }).Differences {
			require.NotEmpty(t, difference.What)
		}
	})
}
