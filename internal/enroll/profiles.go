package enroll

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// LoadProfiles opens the profile of each program that has one, and returns them and the programs with their profiles' names. Its
// error names every program whose profile cannot be used.
func LoadProfiles(programs map[string]Program) ([]*profile.Profile, map[string]Program, error) {
	var faults []error

	opened, named := map[string]*profile.Profile{}, map[string]*profile.Profile{} // by what the programs say; by name
	known := maps.Clone(programs)

	for _, name := range slices.Sorted(maps.Keys(programs)) {
		program := programs[name]
		if program.Profile == "" {
			continue
		}

		if opened[program.Profile] == nil {
			one, err := profile.Open(program.Profile)
			if err == nil && named[one.Name] != nil {
				err = fmt.Errorf("two different profiles are named %s: give %s a name of its own", one.Name, program.Profile)
			}
			if err != nil {
				faults = append(faults, fmt.Errorf("program %s: profile: %w", name, err))
				continue
			}

			opened[program.Profile], named[one.Name] = one, one
		}

		program.Profile = opened[program.Profile].Name
		known[name] = program
	}

	return slices.Collect(maps.Values(named)), known, errors.Join(faults...)
}

// calls are the operations of profiles that jobs of the program lead to.
func (p Program) calls() []string {
	var all []string

	for _, asked := range p.operations() {
		if way := operationOf(asked); p.Lane == LaneBatch {
			all = append(all, way.batched...)
		} else {
			all = append(all, way.calls...)
		}
	}

	return all
}

// fills reports whether a job of the program can have a value for a source of a profile.
func (p Program) fills(source string) bool {
	switch {
	case slices.Contains(neverFilled(), source):
		return false
	case source == "consumer.email.beside":
		return p.sendsEmail()
	case source == "consumer.external_id", source == "card.external_id", source == "program.directory_id":
		return p.DirectoryID != "" || p.Lane == LaneBatch
	default:
		return source != ""
	}
}

// neverFilled are the sources for which no job has a value.
func neverFilled() []string {
	return []string{
		"correlation.id", "key.fingerprint", "dpa.id", "transaction.id", "consumer.national_id", "consumer.identity.provider",
		"reference.authorization", "risk.token_request", "risk.assurance",
		"compliance.communications", "compliance.resources",
	}
}

// CheckInferred reports what of the profiles that programs use is inferred or unknown and needed by their jobs, unless it is
// accepted by the profile's name. It is for calls to production. more are operations that are called beside those of jobs.
func CheckInferred(programs map[string]Program, loaded []*profile.Profile, accepted []string, more ...string) error {
	defaults, err := profile.Default()
	if err != nil {
		return err
	}

	var faults []error

	for _, name := range slices.Sorted(maps.Keys(programs)) {
		program := programs[name]

		for _, operation := range append(program.calls(), more...) {
			from, described := describing(program.Profile, operation, loaded, defaults)
			if described == nil || slices.Contains(accepted, from) {
				continue
			}

			if needed := described.Unconfirmed(program.fills); len(needed) > 0 {
				faults = append(faults, fmt.Errorf("program %s: of profile %s, operation %s, %d entries are inferred or unknown: %s",
					name, from, operation, len(needed), namesOf(needed)))
			}
		}
	}

	return errors.Join(faults...)
}

// describing returns the profile that describes an operation for a program, and how it does.
func describing(own, operation string, loaded, defaults []*profile.Profile) (string, *profile.Operation) {
	all := slices.Clone(loaded)
	all = slices.DeleteFunc(all, func(p *profile.Profile) bool { return p.Name != own })

	for _, one := range append(all, defaults...) {
		if described, found := one.Operation(operation); found {
			return one.Name, &described
		}
	}

	return "", nil
}

func namesOf(entries []profile.Entry) string {
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Part + " " + entry.Name
	}

	return strings.Join(names, ", ")
}
