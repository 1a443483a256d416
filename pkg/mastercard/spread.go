package mastercard

import (
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// unit stands between texts that are looked through together. None of them holds one: texts are printable.
const unit = "\x1f"

// withoutSpread takes out of an answer a number that no text of it holds and several do together, as where each of an error's
// members has four digits: they are kept beside each other. What holds a part is masked; an id that does is left out.
func (a Answer) withoutSpread(number pan.Number) Answer {
	texts := []*string{&a.Failure.Reason, &a.Failure.Detail, &a.Failure.Field, &a.Failure.Message, &a.FirstLine}
	ids := []*string{&a.SrcDigitalCardID, &a.SrcConsumerID, &a.TokenUniqueReference, &a.SrcCorrelationID, &a.FlowID}

	together := joined(texts) + unit + joined(ids)
	if !number.In(together) {
		return a
	}

	masked := strings.Split(number.MaskIn(together), unit)
	if len(masked) != len(texts)+len(ids) || number.In(strings.Join(masked, unit)) { // it cannot be said which part is whose
		masked = make([]string, len(texts)+len(ids))
	}

	for i, text := range texts {
		*text = masked[i]
	}

	for i, id := range ids {
		if *id != masked[len(texts)+i] {
			*id, a.Card = "", nil
		}
	}

	return a
}

func joined(texts []*string) string {
	var all []string
	for _, text := range texts {
		all = append(all, *text)
	}

	return strings.Join(all, unit)
}
