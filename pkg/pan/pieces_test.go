package pan_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// Of a number that somebody else has masked, or written in pieces, no more than first six and last four stays.
func TestPiecesOfANumberAreMasked(t *testing.T) {
	t.Parallel()

	number := pan.Unchecked(testPAN) // 5204731600014784

	for name, c := range map[string]struct{ text, want string }{
		"first eight and last four":   {"card 52047316****4784", "card ************4784"},
		"first eight and last six":    {"card 52047316xx014784", "card ********xx**4784"},
		"first four and last eight":   {"5204 **** 0001 4784", "**** **** **** 4784"},
		"an ellipsis":                 {"52047316…014784", "********…**4784"},
		"holes":                       {"52*473*600*14784", "************4784"},
		"full-width digits":           {"５２０４７３１６••••４７８４", "********••••４７８４"},
		"headings":                    {"<h1>5204</h1><h8>7316</h8><td>0001</td>4784", "<h1>****</h1><h8>****</h8><td>****</td>4784"},
		"numbered groups":             {"part 8: 5204, part 9: 7316, part 9: 0001, part 9: 4784", "part 8: ****, part 9: ****, part 9: ****, part 9: 4784"},
		"first six and last four":     {"520473******4784", "520473******4784"},
		"first and last, far apart":   {"first 6: 520473; last 4: 4784", "first 6: 520473; last 4: 4784"},
		"another order of its groups": {"0001 7316 520473", "0001 7316 520473"},
		"times and codes":             {"2026-11-26 14:46:04 500 order 4711", "2026-11-26 14:46:04 500 order 4711"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, number.MaskIn(c.text))
		})
	}

	whole := "part 8: 5204, part 9: 7316, part 9: 0001, part 9: 4784"
	require.True(t, number.In(whole))
	require.True(t, pan.NewHaystack(whole).Holds(number))
	require.False(t, number.In("52047316****4784"), "what is missing cannot be told")
}

// Digits are read that Unicode does not count among the decimal ones.
func TestStyledDigits(t *testing.T) {
	t.Parallel()

	for name, digits := range map[string]string{
		"superscripts":       "⁰¹²³⁴⁵⁶⁷⁸⁹",
		"subscripts":         "₀₁₂₃₄₅₆₇₈₉",
		"circles":            "⓪①②③④⑤⑥⑦⑧⑨",
		"white on black":     "⓿❶❷❸❹❺❻❼❽❾",
		"without serifs":     "🄋➀➁➂➃➄➅➆➇➈",
		"the same, on black": "🄌➊➋➌➍➎➏➐➑➒",
		"two circles":        "0⓵⓶⓷⓸⓹⓺⓻⓼⓽",
		"brackets":           "0⑴⑵⑶⑷⑸⑹⑺⑻⑼",
		"dots":               "🄀⒈⒉⒊⒋⒌⒍⒎⒏⒐",
		"commas":             "🄁🄂🄃🄄🄅🄆🄇🄈🄉🄊",
		"Chinese":            "\u3007\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d",
		"Chinese, zero":      "\u96f6\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d",
		"keycaps":            "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			text := strings.Join(strings.Split(testPAN, ""), "\ufe0f\u20e3")
			if digits != "" {
				text = strings.Map(func(c rune) rune { return []rune(digits)[c-'0'] }, testPAN)
			}

			require.True(t, pan.LooksLikeCard(text), text)
			require.True(t, pan.Unchecked(testPAN).In(text), text)
			require.NotContains(t, pan.MaskText(text), text)
		})
	}
}
