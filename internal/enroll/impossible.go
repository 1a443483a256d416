package enroll

import (
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// ImpossibleCard asks for a card that does not exist, as the jobs of the program ask: who is told that there is none has been let
// in. Reading changes nothing.
func (p Program) ImpossibleCard() mastercard.ReadRequest {
	const nobody = "00000000-0000-4000-8000-000000000000"

	var row store.Row
	row.SrcDigitalCardID, row.ExternalConsumerID, row.ExternalCardID = nobody, nobody, nobody

	return p.ReadRequest(row)
}
