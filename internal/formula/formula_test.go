package formula_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/formula"
)

func TestCellsThatSpreadsheetsWouldRun(t *testing.T) {
	t.Parallel()

	for cell, guarded := range map[string]string{
		"=1+1": "'=1+1", "+49 151": "'+49 151", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t'=1", "\rx": "'\rx", "\nx": "'\nx",
		" =1": "' =1", "'=1": "''=1", "＝1": "'＝1", "\u200b=1": "'\u200b=1",
		"  =1": "'  =1", "\u00a0=1": "'\u00a0=1", `"=1`: `"=1`,
		"x;=cmd": "x;'=cmd", "x,=1": "x,'=1", "x|@a": "x|'@a", "x\t-1": "x\t'-1", "x\n+1": "x\n'+1", "x\r\n=1": "x\r\n'=1",
		"x; =1": "x;' =1", `x;"=1"`: `x;'"=1"`, "x;'=1": "x;''=1", "=1;=2;3": "'=1;'=2;3", ";=1": ";'=1", "x;;=1": "x;;'=1",
		"a; b": "a; b", "x;": "x;", ";": ";", "it's; ok": "it's; ok", "x;'y": "x;'y", "Main St 5, Bldg. 2": "Main St 5, Bldg. 2",
		"": "", "Ana": "Ana", "'t Hooft": "'t Hooft", "'": "'", "a=b": "a=b", "520473******4784": "520473******4784", "a@b.com": "a@b.com",
	} {
		require.Equal(t, guarded, formula.Guard(cell), cell)
		require.Equal(t, cell, formula.Unguard(guarded))
	}
}

func TestARowIsGuardedAndComesBack(t *testing.T) {
	t.Parallel()

	row := []string{"=1", "x", "y;-2"}
	guarded := formula.GuardAll(slices.Clone(row))
	require.Equal(t, []string{"'=1", "x", "y;'-2"}, guarded)
	require.Equal(t, row, formula.UnguardAll(guarded))
}

// Rejects that earlier versions have written guard only the begin of a cell.
func TestCellsThatWereGuardedAtTheirBeginOnlyComeBackAsTheyWere(t *testing.T) {
	t.Parallel()

	for guarded, cell := range map[string]string{"'=1;=2": "=1;=2", "'\t=1": "\t=1", "x;=1": "x;=1", "''=1": "'=1"} {
		require.Equal(t, cell, formula.Unguard(guarded), guarded)
	}
}

// Whatever the cell, taking off what was put on gives the cell.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "''", "' x", "\t", "\xff=", "+49", "x;=1", ";'=", "\t'=1", "a;\"'-"} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, cell string) {
		require.Equal(t, cell, formula.Unguard(formula.Guard(cell)))
	})
}
