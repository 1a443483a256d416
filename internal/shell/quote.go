// Package shell writes texts for POSIX shells.
package shell

import "strings"

// Quote is a text as one word, whatever is in it.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
