package bulk_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/mapping"
)

func named(names ...string) string {
	lines := []string{"pan,exp_month,exp_year,email,first_name"}
	for i, name := range names {
		lines = append(lines, testPAN+",12,2029,"+strings.Repeat("a", i+1)+"@example.com,"+name)
	}

	return strings.Join(lines, "\n") + "\n"
}

// What databases write for no value is sent as it is, as somebody may be called so, and said.
func TestNamesThatStandForNoneAreAWarning(t *testing.T) {
	t.Parallel()

	for _, word := range []string{
		`\N`, "NULL", "null", "Null", "nan", "NaN", "N/A", "n/a", "#N/A", "None", "none", "nil", "undefined", "(null)", "<null>", "#REF!",
	} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()

			found, err := bulk.Check(t.Context(), source(named("Ana", word, "Bo", word, word, word)), options(t))
			require.NoError(t, err)
			require.Zero(t, found.Rejected)
			require.Len(t, found.Warnings, 1)

			warning := found.Warnings[0]
			require.Equal(t, check.WarnNull, warning.Code)
			require.EqualValues(t, 4, warning.Rows)
			require.Equal(t, []int64{3, 5, 6}, warning.Lines)
			require.Contains(t, warning.Text, "the list null of a mapping")
		})
	}
}

func TestNamesThatOnlyResembleThemAreNoWarning(t *testing.T) {
	t.Parallel()

	found, err := bulk.Check(t.Context(), source(named("Nana", "Nuller", "Na", "N", "No", "Nonesuch", "-", "O'Neil")), options(t))
	require.NoError(t, err)
	require.Empty(t, found.Warnings)
}

func TestNullOfTheMappingMakesValuesEmpty(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.Input.Mapping = mapping.Mapping{Null: []string{`\N`, "NULL"}}

	text := "pan,exp_month,exp_year,email,first_name,country,phone_country,phone_number\n" +
		testPAN + `,12,2029,ana@example.com, \N ,NULL,\N,NULL` + "\n"
	summary, payloads, _ := submit(t, text, o)
	require.Zero(t, summary.Rejected)

	for _, payload := range payloads {
		require.Empty(t, payload.Consumer.FirstName)
		require.Empty(t, payload.Consumer.CountryCode)
		require.Nil(t, payload.Consumer.MobileNumber)
	}

	found, err := bulk.Check(t.Context(), source(strings.ReplaceAll(text, "ana@example.com", "NULL")), o)
	require.NoError(t, err)
	require.Len(t, found.Reasons, 1)
	require.Contains(t, found.Reasons[0].Text, "is missing")
}
