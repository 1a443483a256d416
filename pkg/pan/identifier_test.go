package pan_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// Ids that systems make are no cards, whatever their digits.
func TestIdentifiersAreNoCards(t *testing.T) {
	t.Parallel()

	random := rand.New(rand.NewPCG(1, 2))

	for range 20_000 {
		id := make([]byte, 16)
		for i := range id {
			id[i] = byte(random.Uint32())
		}

		guid := dashed(id)
		if letters(guid) >= 1 {
			require.False(t, pan.LooksLikeCard("card_"+strings.ToUpper(guid)), guid)
		}

		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		require.False(t, pan.LooksLikeCard(dashed(id)), dashed(id))
	}
}

func dashed(id []byte) string {
	text := hex.EncodeToString(id)
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

func letters(text string) int {
	return len(text) - len(strings.NewReplacer("a", "", "b", "", "c", "", "d", "", "e", "", "f", "").Replace(text))
}

// An account is no card: of one in two hundred, the digits would do.
func TestAccountsAreNoCards(t *testing.T) {
	t.Parallel()

	random := rand.New(rand.NewPCG(3, 4))

	for country, length := range map[string]int{"BE": 12, "DK": 14, "AT": 16, "DE": 18, "FR": 23, "NO": 11, "FI": 14} {
		for range 5_000 {
			account := strings.Map(func(rune) rune { return '0' + random.Int32N(10) }, strings.Repeat("0", length))
			iban := country + checkDigits(country, account) + account
			require.False(t, pan.LooksLikeCard(iban), iban)
			require.False(t, pan.LooksLikeCard("iban "+spread(iban, 4, " ")), iban)
		}
	}

	// With wrong check digits it is none.
	require.True(t, pan.LooksLikeCard("DK5204731600014784"))
}

func checkDigits(country, account string) string {
	sum := 0

	for _, c := range account + country + "00" {
		text := string(c)
		if c >= 'A' {
			text = strconv.Itoa(int(c-'A') + 10)
		}

		for _, d := range text {
			sum = (sum*10 + int(d-'0')) % 97
		}
	}

	return fmt.Sprintf("%02d", 98-sum)
}

// A time with fractions of a second is no card. At 18:00 and at 21:31 it begins as some cards of JCB do.
func TestTimesAreNoCards(t *testing.T) {
	t.Parallel()

	for _, minute := range []string{"18:00", "21:31"} {
		for nanos := range 2_000 {
			at := fmt.Sprintf("2026-11-27T%s:11.%09dZ", minute, 531_831_000+nanos)
			require.False(t, pan.LooksLikeCard(at), at)
			require.False(t, pan.LooksLikeCard("at "+strings.Replace(at, "T", " ", 1)), at)
		}
	}

	require.True(t, pan.LooksLikeCard("2026-11-27 3530111333300000"), "a card behind a day")
}
