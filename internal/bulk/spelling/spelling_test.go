package spelling_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/spelling"
)

func TestFold(t *testing.T) {
	t.Parallel()

	for in, want := range map[string]string{
		"Gültig bis": "gultigbis", "STRASSE": "strasse", "Straße/Nr.": "strassenr", "e-mail_Adresse 2": "emailadresse2",
		"Côte d’Ivoire": "cotedivoire", "A & B": "aandb", "": "", "--": "", "Имя": "имя",
	} {
		require.Equal(t, want, spelling.Fold(in), in)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		typed string
		most  int
		want  string
	}{
		"a letter is missing":       {"gld", 1, "gold"},
		"two letters swapped":       {"glod", 1, "gold"},
		"the first of two as close": {"bold", 1, "gold"},
		"none is close enough":      {"platinum", 3, ""},
		"nothing typed":             {"", 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, spelling.Nearest(c.typed, []string{"silver", "gold", "bald"}, c.most))
		})
	}
}
