package settings

import (
	"enroll.example/clicktopay/internal/address"
	"enroll.example/clicktopay/pkg/pan"
)

// Masked is a text as it may be printed or logged: without the passwords of addresses and without card numbers. It is for what
// repeats a setting, an argument, a file's name or the words of a library. Passwords come first, as they may hold digits.
func Masked(text string) string { return pan.MaskText(address.Mask(text)) }
