package service

import (
	"fmt"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// profiles opens what the programs say how they call the API. Nothing that is inferred is sent to production unless the
// user has said so. more are operations that are called beside those that jobs lead to.
func (a API) profiles(programs map[string]enroll.Program, more ...string) ([]*profile.Profile, map[string]enroll.Program, error) {
	loaded, named, err := enroll.LoadProfiles(programs)
	if err != nil {
		return nil, programs, fmt.Errorf("--programs-file: %w", err)
	}

	for _, name := range a.AcceptInferred {
		if !profile.IsBuiltIn(name) && !hasProfile(loaded, name) {
			return nil, programs, fmt.Errorf("--accept-inferred: %.60q is no profile of the programs and none that is built in", name)
		}
	}

	if !mastercard.AtProduction(a.BaseURL()) {
		return loaded, named, nil
	}

	if err := enroll.CheckInferred(named, loaded, a.AcceptInferred, more...); err != nil {
		return nil, programs, fmt.Errorf("--accept-inferred: nothing inferred is sent to production unasked: %w\n"+
			"hold the profile against Mastercard's description (worker profiles check), or accept it as it is by this setting", err)
	}

	return loaded, named, nil
}

func hasProfile(profiles []*profile.Profile, name string) bool {
	for _, one := range profiles {
		if one.Name == name {
			return true
		}
	}

	return false
}
