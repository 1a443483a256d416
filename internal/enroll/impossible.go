package enroll

import "enroll.example/clicktopay/pkg/mastercard"

// ImpossibleCard asks for a card that does not exist, as the jobs of the program ask: who is told that there is none has been let
// in. Reading changes nothing.
func (p Program) ImpossibleCard() mastercard.ReadRequest {
	const nobody = "00000000-0000-4000-8000-000000000000"

	return mastercard.ReadRequest{
		Profile:            p.Profile,
		DirectoryID:        p.DirectoryID,
		ExternalConsumerID: p.ownKey(nobody),
		ExternalCardID:     p.ownKey(nobody),
		SrcDigitalCardID:   nobody,
		SrcClientID:        p.SrcClientID,
		ServiceID:          p.ServiceID,
		Auth:               p.auth(),
	}
}
