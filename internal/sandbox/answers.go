package sandbox

type enrollAnswer struct {
	SrcCorrelationID string          `json:"srcCorrelationId"`
	MaskedCard       maskedCard      `json:"maskedCard"`
	MaskedConsumer   *maskedConsumer `json:"maskedConsumer,omitempty"`
}

type readAnswer struct {
	SrcCorrelationID string     `json:"srcCorrelationId"`
	MaskedCard       maskedCard `json:"maskedCard"`
}

type removeAnswer struct {
	SrcCorrelationID string `json:"srcCorrelationId"`
}

type maskedCard struct {
	SrcDigitalCardID        string            `json:"srcDigitalCardId"`
	PanBin                  string            `json:"panBin"`
	PanLastFour             string            `json:"panLastFour"`
	PanExpirationMonth      string            `json:"panExpirationMonth"`
	PanExpirationYear       string            `json:"panExpirationYear"`
	TokenUniqueReference    string            `json:"tokenUniqueReference"`
	TokenLastFour           string            `json:"tokenLastFour"`
	PaymentCardDescriptor   string            `json:"paymentCardDescriptor"`
	PaymentCardType         string            `json:"paymentCardType"`
	PaymentAccountReference string            `json:"paymentAccountReference"`
	ServiceID               string            `json:"serviceId"`
	DateOfCardCreated       string            `json:"dateOfCardCreated"`
	DateOfCardLastUsed      string            `json:"dateOfCardLastUsed"`
	MaskedBillingAddress    map[string]string `json:"maskedBillingAddress,omitempty"`
	DigitalCardData         digitalCardData   `json:"digitalCardData"`
}

type digitalCardData struct {
	Status         string `json:"status"`
	DescriptorName string `json:"descriptorName"`
	ArtURI         string `json:"artUri"`
	IsCoBranded    string `json:"isCoBranded"`
	IssuerName     string `json:"issuerName"`
}

type maskedConsumer struct {
	SrcConsumerID          string              `json:"srcConsumerId"`
	Status                 string              `json:"status"`
	DateConsumerAdded      string              `json:"dateConsumerAdded"`
	MaskedConsumerIdentity maskedIdentity      `json:"maskedConsumerIdentity"`
	MaskedEmailAddress     string              `json:"maskedEmailAddress,omitempty"`
	MaskedMobileNumber     *maskedMobileNumber `json:"maskedMobileNumber,omitempty"`
	MaskedFirstName        string              `json:"maskedFirstName,omitempty"`
	MaskedLastName         string              `json:"maskedLastName,omitempty"`
	MaskedFullName         string              `json:"maskedFullName,omitempty"`
	CountryCode            string              `json:"countryCode,omitempty"`
	LanguageCode           string              `json:"languageCode,omitempty"`
}

type maskedIdentity struct {
	IdentityType        string `json:"identityType"`
	MaskedIdentityValue string `json:"maskedIdentityValue"`
}

type maskedMobileNumber struct {
	CountryCode string `json:"countryCode"`
	PhoneNumber string `json:"phoneNumber"`
}
