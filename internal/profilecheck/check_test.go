package profilecheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/profilecheck"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// check holds a built-in profile against a description.
func check(t *testing.T, name, description string) profilecheck.Report {
	t.Helper()

	of, err := profile.BuiltIn(name)
	require.NoError(t, err)

	document, err := profilecheck.Parse([]byte(description))
	require.NoError(t, err)

	table, err := mastercard.Verdicts()
	require.NoError(t, err)

	return profilecheck.Check(of, document, table.Names)
}

func TestOurDescriptionAndOurProfilesAgree(t *testing.T) {
	t.Parallel()

	for _, name := range []string{profile.NameEnroll, profile.NameEnrollBatch} {
		report := check(t, name, string(openapi.YAML()))
		require.Empty(t, report.Differences)
		require.Greater(t, report.Held, 20)
	}
}

func TestOperationsThatAreNotDescribedAreNamed(t *testing.T) {
	t.Parallel()

	report := check(t, profile.NameLifecycle, string(openapi.YAML()))
	require.Len(t, report.Differences, 4)
	require.Equal(t, profilecheck.Difference{
		Operation: "update_card", Where: "path", What: "/cards/{cardId} is there with DELETE, GET, and not with PUT",
		Put: `"method": "DELETE or GET"`,
	}, report.Differences[0])
}

// mutation is a change of our description, and where the check has to find it.
type mutation struct {
	profile  string
	old, new string
	at       string // "operation where"
	what     string
}

func TestMutationsAreFound(t *testing.T) {
	t.Parallel()

	description := string(openapi.YAML())
	require.Empty(t, check(t, profile.NameEnroll, description).Differences)

	for name, m := range mutations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			mutated := strings.Replace(description, m.old, m.new, 1)
			require.NotEqual(t, description, mutated, "the description has no such text")

			var found []string

			for _, difference := range check(t, m.profile, mutated).Differences {
				where := difference.Operation + " " + difference.Where
				found = append(found, where+": "+difference.What+"; "+difference.Put)
				require.NotEmpty(t, difference.Put)

				if where == m.at && strings.Contains(difference.What, m.what) {
					return
				}
			}

			t.Fatalf("not found at %q: %q; but\n%s", m.at, m.what, strings.Join(found, "\n"))
		})
	}
}
