// Package iso knows the names that people write instead of the codes of countries (ISO 3166-1).
package iso

import (
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"enroll.example/clicktopay/internal/bulk/spelling"
	"enroll.example/clicktopay/pkg/jobs"
)

// spellings are constants of the program, made when first asked for.
//
//nolint:gochecknoglobals // constants that Go cannot write as such
var spellings = sync.OnceValue(spelled)

// CountryCode returns the alpha-2 code of a country that is given by that, by its
// alpha-3 code, or by its name in one of ten languages.
func CountryCode(text string) (string, bool) {
	code := spellings()[spelling.Fold(text)]

	return code, code != ""
}

// regions are the countries of today: no continents, and none that have gone.
func regions() []language.Region {
	var all []language.Region

	english := display.English.Regions()

	for _, region := range language.Supported.Regions() {
		if jobs.ValidCountry(region.String()) && region.Canonicalize() == region && english.Name(region) != "" {
			all = append(all, region)
		}
	}

	return all
}

// spelled has a country's code by everything that it is called.
func spelled() map[string]string {
	codes := map[string]string{}
	put := func(name, code string) {
		if name = spelling.Fold(name); name != "" && codes[name] == "" {
			codes[name] = code
		}
	}

	for _, region := range regions() {
		put(region.String(), region.String())
		put(region.ISO3(), region.String())
	}

	for _, namer := range namers() {
		for _, region := range regions() {
			put(namer.Name(region), region.String())
		}
	}

	for name, code := range inUse() {
		put(name, code)
	}

	return codes
}

// namers are the languages in which names are known.
func namers() []display.Namer {
	var all []display.Namer

	for _, d := range []*display.Dictionary{
		display.English, display.German, display.French, display.Spanish, display.Italian,
		display.Portuguese, display.Dutch, display.Polish, display.Danish, display.Swedish,
	} {
		all = append(all, d.Regions())
	}

	return all
}

// inUse are names that people write and the lists do not have.
func inUse() map[string]string {
	return map[string]string{
		"UK": "GB", "Great Britain": "GB", "England": "GB", "USA": "US", "United States of America": "US", "America": "US",
		"Holland": "NL", "The Netherlands": "NL", "Czech Republic": "CZ", "Turkey": "TR", "Korea": "KR", "Russia": "RU",
		"Vietnam": "VN", "Ivory Coast": "CI", "Macedonia": "MK", "Burma": "MM", "Republic of Ireland": "IE",
		"Bundesrepublik Deutschland": "DE", "Hongkong": "HK", "Hong Kong": "HK", "Macau": "MO", "Palestine": "PS",
	}
}
