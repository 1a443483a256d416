package mastercard

import (
	"html"
	"regexp"
	"strings"
)

// maxFirstLine is how much is shown of what answered in the API's place.
const maxFirstLine = 200

var (
	unseenForm = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style)\b.*?</(script|style)\s*>`)
	tagForm    = regexp.MustCompile(`(?s)<[^>]*>`)
)

// firstLine returns the first line that a person would see of a text: of HTML, what stands between the tags.
func firstLine(text string) string {
	if strings.HasPrefix(strings.TrimSpace(text), "<") {
		text = html.UnescapeString(tagForm.ReplaceAllString(unseenForm.ReplaceAllString(text, "\n"), "\n"))
	}

	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}

	return ""
}
