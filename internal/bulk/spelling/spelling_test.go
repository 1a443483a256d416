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
