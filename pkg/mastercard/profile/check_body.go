package profile

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// checkBody looks at the members of the request and of what is encrypted.
func (o *Operation) checkBody() []error {
	var faults []error

	if (o.Method == http.MethodGet || o.Method == http.MethodDelete) && (len(o.Request) > 0 || o.Encrypted != nil) {
		faults = append(faults, fmt.Errorf("a %s has no body: leave out request and encrypted", o.Method))
	}

	members := slices.Clone(o.Request)

	if o.Encrypted != nil {
		faults = append(faults, o.checkEncrypted()...)

		members = append(members, Member{Path: o.Encrypted.Member, From: HoldsCard, Evidence: o.Encrypted.Evidence})
		if err := treeFault(members); err != nil {
			faults = append(faults, fmt.Errorf("encrypted.member: %w", err))
		}
	}

	faults = append(faults, o.checkTree("request", o.Request, false)...)

	if o.Name == EnrollBatch && (o.Encrypted == nil || o.Encrypted.Holds != HoldsRecords) {
		faults = append(faults, errors.New("encrypted is missing, or does not hold records"))
	}

	return faults
}

func (o *Operation) checkEncrypted() []error {
	var faults []error

	if err := o.Encrypted.Evidence.check(); err != nil {
		faults = append(faults, fmt.Errorf("encrypted: %w", err))
	}
	if steps, err := Steps(o.Encrypted.Member); err != nil || steps[len(steps)-1].List {
		faults = append(faults, fmt.Errorf("encrypted: member %.60q is not the path of one member", o.Encrypted.Member))
	}

	holds := holdsOf(o.Name)
	if o.Encrypted.Holds != holds {
		faults = append(faults, fmt.Errorf("encrypted: holds must be %q, not %.40q", holds, o.Encrypted.Holds))
	}
	if under := o.Encrypted.Under; under != "" && (!stepForm.MatchString(under) || strings.HasSuffix(under, "[]")) {
		faults = append(faults, fmt.Errorf("encrypted: under %.60q is not the name of a member", under))
	}
	if len(o.Encrypted.Members) == 0 {
		faults = append(faults, errors.New("encrypted: members is missing or empty"))
	}

	return append(faults, o.checkTree("encrypted.members", o.Encrypted.Members, true)...)
}

// checkTree looks at members of a body.
func (o *Operation) checkTree(list string, members []Member, encrypted bool) []error {
	var faults []error

	for i, member := range members {
		err := o.checkMember(member, encrypted)
		if err == nil {
			_, err = Steps(member.Path)
		}
		if err == nil {
			err = treeFault(members[:i+1])
		}
		if err == nil && member.From == "" && !isObject(member.Path, members) {
			err = errors.New("from is missing, and no entry stands below it")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", naming(list+" entry", i, member.Path), err))
		}
	}

	return faults
}

// isObject reports whether other members stand below a path.
func isObject(path string, members []Member) bool {
	return slices.ContainsFunc(members, func(m Member) bool { return strings.HasPrefix(m.Path, path+".") })
}

// treeFault says how the last member does not fit to those before it.
func treeFault(members []Member) error {
	last := members[len(members)-1]

	for _, other := range members[:len(members)-1] {
		switch {
		case other.Path == last.Path:
			return errors.New("it is given twice")
		case other.From != "" && strings.HasPrefix(last.Path, other.Path+"."):
			return fmt.Errorf("%s is a value, and nothing can stand below it", other.Path)
		case last.From != "" && strings.HasPrefix(other.Path, last.Path+"."):
			return fmt.Errorf("%s stands below it, so that it cannot be a value", other.Path)
		case listTwin(other.Path, last.Path):
			return fmt.Errorf("%s has the same name once with [] and once without", other.Path)
		}
	}

	return nil
}

// listTwin reports whether two paths name one member as a list and as something else.
func listTwin(a, b string) bool {
	left, right := strings.Split(a, "."), strings.Split(b, ".")

	for i := range min(len(left), len(right)) {
		if left[i] == right[i] {
			continue
		}

		return strings.TrimSuffix(left[i], "[]") == strings.TrimSuffix(right[i], "[]")
	}

	return false
}

// Encrypts reports whether a request of the operation has an encrypted member.
func Encrypts(operation string) bool { return holdsOf(operation) != "" }

func holdsOf(operation string) string {
	return map[string]string{Enroll: HoldsCard, EnrollBatch: HoldsRecords}[operation]
}
