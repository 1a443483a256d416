package jobs

import (
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// sensitive finds members that hold sensitive authentication data: the security code, the PIN, the magnetic stripe. PCI DSS 3.3
// forbids to keep them, encrypted or not. It looks before the schema does, which names only the first thing that is wrong: a job
// with such a member must be known as one, whatever else is wrong with it, because no copy of it may be kept.
func sensitive(path string, value any) *Problem {
	switch v := value.(type) {
	case map[string]any:
		for name, item := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			if what, found := sensitiveName(name); found {
				return problem(ReasonSecurityCode, pan.MaskText(at), "is the card's %s, which must never be sent", what)
			}

			if p := sensitive(at, item); p != nil {
				return p
			}
		}
	case []any:
		for _, item := range v {
			if p := sensitive(path, item); p != nil {
				return p
			}
		}
	}

	return nil
}

// sensitiveName says what a member of a name holds, when it is sensitive authentication data.
func sensitiveName(name string) (what string, found bool) {
	switch withoutSeparators(strings.ToLower(name)) {
	case "cvc", "cvc1", "cvc2", "cvv", "cvv2", "cvn", "cvn2", "cav2", "cid", "csc", "cardsecuritycode", "securitycode",
		"cardverificationcode", "cardverificationvalue", "verificationcode", "verificationvalue":
		return "security code", true
	case "pin", "pinblock", "encryptedpin", "encryptedpinblock":
		return "PIN", true
	case "track1", "track2", "track3", "track1data", "track2data", "track3data", "trackdata", "magstripe", "magneticstripe":
		return "magnetic stripe", true
	default:
		return "", false
	}
}

// withoutSeparators is cheap for a name without any, as every job's are: this is asked of each member of each job.
func withoutSeparators(name string) string {
	if !strings.ContainsAny(name, "_- ") {
		return name
	}

	return strings.NewReplacer("_", "", "-", "", " ", "").Replace(name)
}
