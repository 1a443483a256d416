package iso_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/iso"
	"enroll.example/clicktopay/pkg/jobs"
)

func TestCountryCode(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]string{
		"DE": "DE", "de": "DE", "DEU": "DE", "Germany": "DE", " germany ": "DE", "Deutschland": "DE", "Allemagne": "DE", "Alemania": "DE",
		"Niemcy": "DE", "UK": "GB", "United Kingdom": "GB", "Vereinigtes Königreich": "GB", "U.S.A.": "US", "United States": "US",
		"Österreich": "AT", "Côte d’Ivoire": "CI", "Cote-d'Ivoire": "CI", "Netherlands": "NL", "The Netherlands": "NL",
		"Czech Republic": "CZ", "Bosnia and Herzegovina": "BA", "Bosnia & Herzegovina": "BA",
		"": "", "Atlantis": "", "EU": "", "DDR": "",
	} {
		code, known := iso.CountryCode(text)
		require.Equal(t, want, code, text)
		require.Equal(t, want != "", known, text)
	}
}

// No name means two countries.
func TestEveryCodeFindsItself(t *testing.T) {
	t.Parallel()

	count := 0

	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if !jobs.ValidCountry(code) {
				continue
			}

			count++

			found, known := iso.CountryCode(code)
			require.True(t, known)
			require.Equal(t, code, found)
		}
	}

	require.InDelta(t, 255, count, 10, "ISO 3166-1 has 249, and some are reserved")
}
