package jobs

import (
	"strings"
	"sync"
)

// What is in use today. The sets are constants of the program, made when first asked for; the schema of the payload has the same.
//
//nolint:gochecknoglobals // constants that Go cannot write as such
var (
	countries = sync.OnceValue(func() map[string]bool { return setOf(countryCodes) })
	languages = sync.OnceValue(func() map[string]bool { return setOf(languageCodes) })
)

const (
	// countryCodes are those of ISO 3166-1, and XK, which banks use for Kosovo.
	countryCodes = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY " +
		"BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK " +
		"FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR " +
		"IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK " +
		"ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM " +
		"PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF " +
		"TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
	// languageCodes are those of ISO 639-1, and those it had before: bh, in, iw, ji, jw, mo and sh, as older programs write.
	languageCodes = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee " +
		"el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io " +
		"is it iu iw ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk " +
		"ml mn mo mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc " +
		"sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve " +
		"vi vo wa wo xh yi yo za zh zu "
)

func setOf(codes string) map[string]bool {
	set := map[string]bool{}
	for code := range strings.FieldsSeq(codes) {
		set[code] = true
	}

	return set
}

// ValidCountry reports whether code is a country's alpha-2 code of ISO 3166-1, in capitals, as messages and files may have it.
func ValidCountry(code string) bool { return countries()[code] }

// ValidLanguage reports whether code is a language's two letters of ISO 639-1, in either case, as messages and files may have it.
func ValidLanguage(code string) bool {
	return len(code) == 2 && (languages()[code] || languages()[strings.ToLower(code)])
}
