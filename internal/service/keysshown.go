package service

import "enroll.example/clicktopay/internal/control"

// keysShown are all keys that are loaded, as far as anybody may see them. An intake key's kid is the fingerprint of its public
// key; an HMAC key has no public half.
func (s *Service) keysShown() (all []control.Key) {
	for _, key := range s.Keys() {
		all = append(all, control.Key{
			Purpose: key.Purpose, Kid: key.KID, Fingerprint: key.Fingerprint, NotAfter: key.NotAfter.UTC(),
		})
	}

	for _, kid := range s.Config.Keys().Kids() {
		all = append(all, control.Key{Purpose: "intake", Kid: kid})
	}

	for _, key := range s.Config.HMACKeys() {
		all = append(all, control.Key{Purpose: "hmac", Kid: key.Kid})
	}

	return all
}
