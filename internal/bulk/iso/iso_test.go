package iso_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/iso"
)

func TestIsCountry(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"DE", "US", "GB", "XK", "TW", "HK", "AQ"} {
		require.True(t, iso.IsCountry(code), code)
	}

	for name, code := range map[string]string{
		"lower case": "de", "an alias": "UK", "a union": "EU", "gone": "DD", "gone and without successor": "AN",
		"unknown": "QQ", "three letters": "DEU", "nothing": "", "digits": "12",
	} {
		require.False(t, iso.IsCountry(code), name)
	}
}

func TestIsLanguage(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"de", "EN", "nb", "zu"} {
		require.True(t, iso.IsLanguage(code), code)
	}

	for _, code := range []string{"", "qq", "deu", "d", "de-DE"} {
		require.False(t, iso.IsLanguage(code), code)
	}
}

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
			if !iso.IsCountry(code) {
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
