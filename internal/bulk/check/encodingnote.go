package check

import (
	"fmt"
	"strings"

	"enroll.example/clicktopay/internal/bulk/text"
)

// EncodingNotes say in which encoding characters beyond ASCII were read, where nothing in the text confirms it.
func EncodingNotes(t *text.Text) []string {
	assumed := t.Assumed()
	if len(assumed.Words) == 0 {
		return nil
	}

	return []string{fmt.Sprintf("the file was read as %s, such as %s; if these words are wrong, it has another --encoding",
		assumed.Encoding.Described(), strings.Join(assumed.Words, ", "))}
}
