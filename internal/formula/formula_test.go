package formula_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/formula"
)

func TestCellsThatSpreadsheetsWouldRun(t *testing.T) {
	t.Parallel()

	for cell, guarded := range map[string]string{
		"=1+1": "'=1+1", "+49 151": "'+49 151", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\rx": "'\rx", "\nx": "'\nx",
		" =1": "' =1", "'=1": "''=1", "＝1": "'＝1", "\u200b=1": "'\u200b=1",
		"": "", "Ana": "Ana", "'t Hooft": "'t Hooft", "'": "'", "a=b": "a=b", "520473******4784": "520473******4784", "a@b.com": "a@b.com",
	} {
		require.Equal(t, guarded, formula.Guard(cell))
		require.Equal(t, cell, formula.Unguard(guarded))
	}
}

// Whatever the cell, taking off what was put on gives the cell.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "''", "' x", "\t", "\xff=", "+49"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, cell string) {
		require.Equal(t, cell, formula.Unguard(formula.Guard(cell)))
	})
}
