package bulk

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/bulk/text"
	"enroll.example/clicktopay/internal/bulk/trailer"
)

// The hashes are those that the version before trailers and null lists has written into its checkpoints: a file that
// was half sent by it is gone on with. They must not be brought up to date.
func TestACheckpointOfTheVersionBeforeGoesOn(t *testing.T) {
	t.Parallel()

	mapped := mapping.Mapping{
		Columns: []mapping.Column{
			{From: "Konto", To: mapping.Names{"external_consumer_id"}},
			{From: "Gültig bis", To: mapping.Names{"exp_month", "exp_year"}, As: "MM/YY"},
		},
		Constants: map[string]string{"language": "de", "country": "DE"},
		Ignore:    []string{"Filiale"},
	}

	for name, c := range map[string]struct {
		mapping mapping.Mapping
		meaning string
	}{
		"no mapping": {mapping.Mapping{}, "a2f9d6bca1f78968fba094f867c3d99765f05064c589732767b1c2d6850ec071"},
		"a mapping":  {mapped, "b86e6eac1f54faeaed8942783ae29eb94e6446971b1a26b81a0e9da52ed5f374"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := Options{Input: cardfile.Input{Delimiter: ';', Encoding: text.UTF8, Mapping: c.mapping}}
			require.Equal(t, c.meaning, o.settingsHash())
		})
	}
}

// What is new changes the meaning where it is set.
func TestSettingsThatDecideAboutRowsChangeTheMeaning(t *testing.T) {
	t.Parallel()

	form, err := trailer.Parse("T")
	require.NoError(t, err)

	seen := map[string]bool{}

	for _, in := range []cardfile.Input{
		{}, {Delimiter: ';'}, {Encoding: text.Latin1}, {Trailer: form},
		{Mapping: mapping.Mapping{Null: []string{"NULL"}}}, {Mapping: mapping.Mapping{Null: []string{"NULL", "nan"}}},
		{Mapping: mapping.Mapping{Ignore: []string{"a"}}},
	} {
		seen[Options{Input: in}.settingsHash()] = true
	}

	require.Len(t, seen, 7)
}
