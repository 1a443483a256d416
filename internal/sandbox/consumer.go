package sandbox

import (
	"strings"
	"unicode/utf8"
)

func (s *Sandbox) maskedConsumer(consumer object, record record) *maskedConsumer {
	identity := consumer.object("consumerIdentity")
	kind, value := identity.text("identityType"), identity.text("identityValue")

	return &maskedConsumer{
		SrcConsumerID:     s.ids.consumer(record.serviceID, consumer.text("emailAddress"), kind, value),
		Status:            "ACTIVE",
		DateConsumerAdded: record.created.Format(apiTime),
		MaskedConsumerIdentity: maskedIdentity{
			IdentityType:        kind,
			MaskedIdentityValue: maskIdentity(kind, value),
		},
		MaskedEmailAddress: maskEmail(consumer.text("emailAddress")),
		MaskedMobileNumber: maskMobile(consumer.object("mobileNumber")),
		MaskedFirstName:    maskWord(consumer.text("firstName")),
		MaskedLastName:     maskWord(consumer.text("lastName")),
		MaskedFullName:     maskWords(consumer.text("fullName")),
		CountryCode:        consumer.text("countryCode"),
		LanguageCode:       consumer.text("languageCode"),
	}
}

func maskIdentity(kind, value string) string {
	switch kind {
	case "EMAIL_ADDRESS":
		return maskEmail(value)
	case "MOBILE_PHONE_NUMBER":
		return maskPhone(value)
	default:
		return maskWord(value)
	}
}

// maskEmail keeps the first and last character of the local part when it has more than two, and the domain.
func maskEmail(address string) string {
	local, domain, found := strings.Cut(address, "@")
	if !found {
		return maskWord(address)
	}

	if last, size := utf8.DecodeLastRuneInString(local); utf8.RuneCountInString(local) > 2 {
		return maskWord(local[:len(local)-size]) + string(last) + "@" + domain
	}

	return maskWord(local) + "@" + domain
}

// maskWord keeps the first character.
func maskWord(word string) string {
	_, size := utf8.DecodeRuneInString(word)
	return word[:size] + strings.Repeat("*", utf8.RuneCountInString(word[size:]))
}

func maskWords(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = maskWord(word)
	}

	return strings.Join(words, " ")
}

// maskPhone keeps the last four digits.
func maskPhone(number string) string {
	kept := max(len(number)-4, 0)
	return strings.Repeat("*", kept) + number[kept:]
}

func maskMobile(number object) *maskedMobileNumber {
	if number == nil {
		return nil
	}

	return &maskedMobileNumber{CountryCode: number.text("countryCode"), PhoneNumber: maskPhone(number.text("phoneNumber"))}
}

// maskAddress masks each word of each member, but for the country.
func maskAddress(address object) map[string]string {
	if address == nil {
		return nil
	}

	masked := map[string]string{}

	for _, name := range []string{"name", "line1", "line2", "line3", "city", "state", "zip"} {
		if text := address.text(name); text != "" {
			masked[name] = maskWords(text)
		}
	}

	if country := address.text("countryCode"); country != "" {
		masked["countryCode"] = country
	}

	return masked
}
