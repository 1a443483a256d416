package sandbox

import (
	"cmp"
	"strings"
	"unicode/utf8"
)

// newConsumer is the consumer of a request that enrolls a card.
func (s *Sandbox) newConsumer(request object, of record, at place) profile {
	consumer := request.object("consumer")
	identity := consumer.object("consumerIdentity")
	kind, value := identity.text("identityType"), identity.text("identityValue")
	id := s.ids.consumer(of.serviceID, consumer.text("emailAddress"), kind, value)

	who := profile{
		key: cmp.Or(at.owner(), id), srcClientID: of.srcClientID, serviceID: of.serviceID,
		masked: maskedConsumer{
			SrcConsumerID:     id,
			Status:            "ACTIVE",
			DateConsumerAdded: of.created.Format(apiTime),
			MaskedConsumerIdentity: maskedIdentity{
				IdentityType:        kind,
				MaskedIdentityValue: maskIdentity(kind, value),
			},
		},
	}
	who.masked.contact(consumer)

	return who
}

// contact takes the contact data of a request.
func (m *maskedConsumer) contact(consumer object) {
	m.MaskedEmailAddress = maskEmail(consumer.text("emailAddress"))
	m.MaskedMobileNumber = maskMobile(consumer.object("mobileNumber"))
	m.MaskedFirstName = maskWord(consumer.text("firstName"))
	m.MaskedLastName = maskWord(consumer.text("lastName"))
	m.MaskedFullName = maskWords(consumer.text("fullName"))
	m.CountryCode = consumer.text("countryCode")
	m.LanguageCode = consumer.text("languageCode")
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
