package results_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/results"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Whoever asks for the rows with a code that did not occur has not mistyped it, if it is one that can occur.
func TestEveryCodeThatARowCanHaveIsKnown(t *testing.T) {
	t.Parallel()

	table, err := mastercard.Verdicts()
	require.NoError(t, err)

	known := results.KnownCodes(table)

	for _, code := range []string{"ISSUER_DECLINED", "ALREADY_EXISTS", "HTTP_503"} {
		require.Contains(t, known, code, "of the API")
	}

	require.NotContains(t, known, "ISSUER_DECLIEND")

	for dir, atLeast := range map[string]int{
		"../../pkg/jobs": 13, "../../pkg/mastercard": 20, "../../pkg/store": 3, "../enroll": 8, "../bulk/columns": 9,
	} {
		codes := constants(t, dir)
		require.GreaterOrEqual(t, len(codes), atLeast, "%s has its codes elsewhere", dir)

		for name, code := range codes {
			if name != "reasonOK" { // of the verdict table: an answer that is no failure
				require.Contains(t, known, code, "%s of %s is missing", name, dir)
			}
		}
	}
}

// constants are a package's reasons, details and codes.
func constants(t *testing.T, dir string) map[string]string {
	t.Helper()

	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)

	named := regexp.MustCompile(`^([Rr]eason|[Dd]etail|Code)[A-Z]`)
	found := map[string]string{}

	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}

		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		require.NoError(t, err)

		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is || !named.MatchString(spec.Names[0].Name) || len(spec.Values) != 1 {
				return true
			}

			if literal, is := spec.Values[0].(*ast.BasicLit); is && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)

				found[spec.Names[0].Name] = value
			}

			return true
		})
	}

	return found
}
