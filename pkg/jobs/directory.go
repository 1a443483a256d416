package jobs

// InDirectory says what is missing of a job for a program with a directory at Mastercard, where the issuer's own keys name cards
// and consumers: nil for nothing. Of a job that updates it is known once its seal is open whether it is a card that is updated.
func (j Job) InDirectory(updatesCard bool) *Problem {
	if j.ExternalConsumerID == "" {
		return missingKey(FieldExternalConsumerID)
	}

	ofCard := j.Asks() == Enroll || j.Asks() == Unenroll || j.Asks() == Update && (updatesCard || j.SrcDigitalCardID != "")
	if ofCard && j.ExternalCardID == "" {
		return missingKey(FieldExternalCardID)
	}

	return nil
}

func missingKey(field string) *Problem {
	return problem(ReasonInvalidField, field,
		"is missing: the program has a directory, where the issuer's own keys name cards and consumers")
}
