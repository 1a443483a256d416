package mastercard

import (
	"encoding/asn1"
	"errors"
	"fmt"
)

// maxRounds bounds the work that deriving a file's MAC key may take: OpenSSL
// writes 2,048 rounds, Java 10,000, careful people a million.
const maxRounds = 2_000_000

// The outer layers of a PKCS#12 file (RFC 7292, section 4).
type (
	pfx struct {
		Version  int
		AuthSafe asn1.RawValue
		MacData  macData `asn1:"optional"`
	}
	macData struct {
		Mac        asn1.RawValue
		Salt       []byte
		Iterations int `asn1:"optional,default:1"`
	}
)

// checkRounds refuses a file that would keep the process busy for minutes. The
// MAC is checked before anything else in the file is, so its rounds are what a
// broken file can make us do.
func checkRounds(data []byte) error {
	var file pfx
	if _, err := asn1.Unmarshal(data, &file); err != nil {
		return errors.New("it is neither PEM nor PKCS#12")
	}

	rounds := max(file.MacData.Iterations, largestInteger(file.MacData.Mac.FullBytes, 0))
	if rounds > maxRounds {
		return fmt.Errorf("it asks for %d rounds of key derivation; more than %d are not supported", rounds, maxRounds)
	}

	return nil
}

// largestInteger finds the greatest INTEGER in nested sequences: in the
// algorithm parameters of a PBMAC1 MAC (RFC 9579) that is the count of rounds.
func largestInteger(der []byte, depth int) int {
	largest := 0

	for len(der) > 0 && depth < 8 {
		var value asn1.RawValue

		rest, err := asn1.Unmarshal(der, &value)
		if err != nil {
			return largest
		}
		der = rest

		if value.IsCompound {
			largest = max(largest, largestInteger(value.Bytes, depth+1))
			continue
		}

		if value.Tag != asn1.TagInteger || value.Class != asn1.ClassUniversal {
			continue
		}
		if len(value.Bytes) > 7 {
			return maxRounds + 1
		}

		n := 0
		for _, b := range value.Bytes {
			n = n<<8 | int(b)
		}
		largest = max(largest, n)
	}

	return largest
}
