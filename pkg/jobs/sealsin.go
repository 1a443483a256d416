package jobs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
)

// compact is the form of a compact JWE, wherever it stands.
var compact = regexp.MustCompile(`[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{16,}`)

// SealsIn returns what may be a seal in a message, whatever the name of its member: one of another version may have its payload
// anywhere. Seals in the JSON form of a JWE are returned in the compact one.
func SealsIn(message []byte) []string {
	seals := compact.FindAllString(string(message), -1)

	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber()

	var document any
	if decoder.Decode(&document) == nil {
		seals = sealsOf(seals, document)
	}

	slices.Sort(seals)

	return slices.Compact(seals)
}

// sealsOf adds those that are written with escapes, and those in the JSON form.
func sealsOf(seals []string, value any) []string {
	switch v := value.(type) {
	case string:
		seals = append(seals, compact.FindAllString(v, -1)...)
	case []any:
		for _, item := range v {
			seals = sealsOf(seals, item)
		}
	case map[string]any:
		part := func(name string) string { text, _ := v[name].(string); return text }
		if part("protected") != "" && part("ciphertext") != "" {
			seals = append(seals,
				part("protected")+"."+part("encrypted_key")+"."+part("iv")+"."+part("ciphertext")+"."+part("tag"))
		}

		for _, item := range v {
			seals = sealsOf(seals, item)
		}
	}

	return seals
}
