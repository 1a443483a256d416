package receipt_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/receipt"
)

const sample = "MCC-STL-0F6A1B2C-3D4E-4F5A-8B9C-0D1E2F3A4B5C"

func TestParseTakesTheFormOfAReceipt(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text string
		want error
	}{
		"as Mastercard writes it":  {sample, nil},
		"of the longest kind":      {strings.Repeat("A", 64), nil},
		"in lower case":            {strings.ToLower(sample), nil},
		"of nothing":               {"", receipt.ErrEmpty},
		"too short":                {"MCC-STL", receipt.ErrForm},
		"too long":                 {strings.Repeat("A", 65), receipt.ErrForm},
		"with a blank":             {"MCC STL 0F6A1B2C", receipt.ErrForm},
		"with a line break at end": {sample + "\n", receipt.ErrForm},
		"with a letter of another": {"MCC-STL-0F6A1B2Ä", receipt.ErrForm},
		"with other marks":         {`MCC_STL.0F6A/1B2C==`, nil},
		"a card number":            {"5204731600014784", receipt.ErrForm},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := receipt.Parse(c.text)
			require.ErrorIs(t, err, c.want)

			if c.want == nil {
				require.Equal(t, c.text, got.Reveal())
				require.NoError(t, got.Check())
			} else {
				require.True(t, got.IsZero())
				require.ErrorIs(t, receipt.Unchecked(c.text).Check(), c.want)
			}
		})
	}
}

func TestAReceiptIsNeverPrinted(t *testing.T) {
	t.Parallel()

	for _, text := range []string{sample, "1234567B", "short", "MCC-STL-\n"} {
		held := receipt.Unchecked(text)

		var out bytes.Buffer

		for _, value := range []any{held, &held, struct{ R receipt.Receipt }{held}, []any{held}, map[string]any{"r": held}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
				fmt.Fprintf(&out, verb+"\n", value)
			}

			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value)

			encoded, err := json.Marshal(value)
			require.NoError(t, err)
			out.Write(encoded)
		}

		require.NotContains(t, out.String(), text)
		require.NotContains(t, out.String(), fmt.Sprintf("%x", text))
		require.Contains(t, out.String(), "****")
	}

	require.Equal(t, "MCC-****4B5C", receipt.Unchecked(sample).String())
	require.Equal(t, "****567B", receipt.Unchecked("1234567B").String())
	require.Empty(t, receipt.Receipt{}.String())
}

func TestMaskInHidesEachPlace(t *testing.T) {
	t.Parallel()

	held := receipt.Unchecked(sample)

	for text, want := range map[string]string{
		"no receipt here":                   "no receipt here",
		"unknown receipt " + sample:         "unknown receipt MCC-****4B5C",
		sample + sample:                     "MCC-****4B5CMCC-****4B5C",
		"<" + strings.ToLower(sample) + ">": "<MCC-****4B5C>",
		sample[:len(sample)-1]:              sample[:len(sample)-1],
		"":                                  "",
	} {
		require.Equal(t, want, held.MaskIn(text))
	}

	require.Equal(t, sample, receipt.Receipt{}.MaskIn(sample))
}

func FuzzMaskIn(f *testing.F) {
	f.Add(sample, "x"+sample+"y")
	f.Add("1234567B", "1234567B1234567B123")
	f.Fuzz(func(t *testing.T, known, text string) {
		held := receipt.Unchecked(known)
		if held.Check() != nil || strings.Contains(known, "****") {
			return
		}

		require.NotContains(t, strings.ToLower(held.MaskIn(text)), strings.ToLower(known))
	})
}
