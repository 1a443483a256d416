package jobs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestValidCountry(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"DE", "US", "GB", "XK", "TW", "HK", "AQ", "NA"} {
		require.True(t, jobs.ValidCountry(code), code)
	}

	for name, code := range map[string]string{
		"lower case": "de", "an alias": "UK", "a union": "EU", "gone": "DD", "gone and without successor": "AN", "reserved": "IC",
		"unknown": "QQ", "three letters": "DEU", "nothing": "", "digits": "12", "several": "AD AE",
	} {
		require.False(t, jobs.ValidCountry(code), name)
	}
}

func TestValidLanguage(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"de", "EN", "nb", "zu", "De", "iw"} {
		require.True(t, jobs.ValidLanguage(code), code)
	}

	for _, code := range []string{"", "qq", "deu", "d", "de-DE", "de ", "\u212aa"} {
		require.False(t, jobs.ValidLanguage(code), code)
	}
}
