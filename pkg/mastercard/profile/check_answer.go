package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checkAnswer looks at what is read of the answer, at its statuses and values.
func (o *Operation) checkAnswer() []error {
	var faults []error

	if len(o.Statuses) == 0 {
		faults = append(faults, errors.New("statuses is missing or empty: say which status means success"))
	}

	for i, status := range o.Statuses {
		err := status.Evidence.check()
		if err == nil && status.Status/100 != 2 {
			err = fmt.Errorf("status %d is none of success; the verdict table decides about refusals", status.Status)
		}
		if err == nil && (status.Verdict == "" || len(status.Verdict) > 40) {
			err = errors.New("verdict is missing")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", naming("statuses entry", i, ""), err))
		}
	}

	faults = append(faults, o.checkReads()...)

	return append(faults, o.checkValues()...)
}

func (o *Operation) checkReads() []error {
	var (
		faults []error
		list   string
	)

	seen := map[string]bool{}

	for i, read := range o.Answer {
		_, known := FindTarget(o.Name, read.Into)
		_, err := Steps(read.Path)

		switch evidence := read.Evidence.check(); {
		case err != nil:
		case evidence != nil:
			err = evidence
		case !known:
			err = fmt.Errorf("into %.60q is nothing that %s reads; see `worker profiles sources`", read.Into, o.Name)
		case seen[read.Into]:
			err = fmt.Errorf("into %s is given twice", read.Into)
		case ofRecord(read.Into):
			list, err = recordList(list, read.Path)
		}

		seen[read.Into] = true

		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", naming("answer entry", i, read.Path), err))
		}
	}

	for _, name := range mustRead(o.Name) {
		if !seen[name] {
			faults = append(faults, fmt.Errorf("answer: no entry is read into %s", name))
		}
	}

	return faults
}

// mustRead is what the code cannot do without.
func mustRead(operation string) []string {
	switch operation {
	case Enroll, ReadCard:
		return []string{"card.id"}
	case EnrollBatch:
		return []string{"batch.id"}
	case BatchStatus:
		return []string{TargetBatchStatus, TargetRecordStatus, "record.card.external_id"}
	default:
		return nil
	}
}

// recordList returns the path of the list of records, which all entries of a record share.
func recordList(before, path string) (string, error) {
	list, _, found := strings.Cut(path, "[].")

	switch {
	case !found:
		return before, errors.New("it is read of each record, so its path has to go through a list, such as items[].status")
	case before != "" && before != list:
		return before, fmt.Errorf("other entries read the records from %s[]", before)
	}

	return list, nil
}

func (o *Operation) checkValues() []error {
	var faults []error

	seen := map[string]bool{}

	for i, value := range o.Values {
		err := value.Evidence.check()
		key := value.Of + "\x00" + strings.ToUpper(value.Value)

		switch {
		case err != nil:
		case value.Value == "" || len(value.Value) > mostPath:
			err = errors.New("value is missing or too long")
		case value.Verdict == "" || len(value.Verdict) > 40:
			err = errors.New("verdict is missing")
		case !slices.ContainsFunc(o.Answer, func(r Read) bool { return r.Into == value.Of }):
			err = fmt.Errorf("of %.60q is not read by any entry of answer", value.Of)
		case !slices.Contains([]string{TargetBatchStatus, TargetRecordStatus, TargetRecordReason}, value.Of):
			err = fmt.Errorf("of %.60q leads to no verdict; batch.status, record.status and record.reason do", value.Of)
		case value.Verdict == ByReason && value.Of != TargetRecordStatus:
			err = errors.New("verdict by_reason is for record.status only")
		case seen[key]:
			err = errors.New("the value is given twice")
		}

		seen[key] = true

		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", naming("values entry", i, value.Value), err))
		}
	}

	for _, read := range o.Answer {
		target, _ := FindTarget(o.Name, read.Into)
		if target.Decided && !slices.ContainsFunc(o.Values, func(v Value) bool { return v.Of == read.Into }) {
			faults = append(faults, fmt.Errorf("values: none is given for %s", read.Into))
		}
	}

	return faults
}
