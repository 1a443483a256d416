package mastercard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// clockTolerance is how far the clocks may differ before a refused signature is
// explained with it. What the gateway tolerates is not documented.
const clockTolerance = time.Minute

// read turns an exchange that got an answer into the call's Answer.
func (c *Client) read(way *plan, this *call, result exchange) (Answer, success) {
	var held success
	if result.status/100 == 2 && result.broken == nil {
		held = this.success(way, this, result)
	}

	found := held.found
	if held.fulfilled {
		found = fulfilled()
	}
	if found == nil {
		found = challenged(result, findings(result))
	}

	answer := c.conclude(this, result, found...)
	if held.verdict != "" {
		answer.Verdict = held.verdict
	} else if held.fulfilled {
		answer.Verdict = cmp.Or(way.statuses[result.status], answer.Verdict)
	}
	if held.correlationID != "" {
		answer.SrcCorrelationID = held.correlationID
	}
	if held.card != nil {
		answer.Card = held.card
		answer.SrcDigitalCardID = held.card.SrcDigitalCardID
		answer.SrcConsumerID = held.consumerID
		answer.TokenUniqueReference = held.card.TokenUniqueReference
		answer.PushAccountData = held.pushAccountData
	}

	return answer.withoutSpread(this.number).withoutReceipt(this.receipt), held
}

// conclude asks the table and fills in what every Answer has.
func (c *Client) conclude(this *call, result exchange, found ...finding) Answer {
	now := c.config.Now()
	after, asked := retryAfter(result.header, now, c.config.MaxRetryAfter)
	if len(found) == 1 && found[0].again.After(now) {
		after, asked = min(found[0].again.Sub(now), c.config.MaxRetryAfter), true
	}

	row, decisive := c.config.Verdicts.decide(evidence{
		operation:  this.operation,
		status:     result.status,
		retryAfter: asked,
		findings:   found,
	})

	answer := Answer{
		Verdict:          row.Verdict,
		RetryAfter:       after,
		HTTPStatus:       result.status,
		Advice:           row.Advice,
		AboutCard:        row.AboutCard == "yes",
		Obstacle:         obstacleOf(row, result.status, decisive),
		SrcCorrelationID: identifierWithout(this.number, this.values.correlationID),
		Err:              maskErrorOf(errors.Join(result.err, result.broken), this.number),
	}
	if flowID := result.header.Get(flowIDHeader); flowIDForm.MatchString(flowID) {
		answer.FlowID = identifierWithout(this.number, flowID)
	}
	if row.Verdict.success() {
		return answer
	}

	decisive = decisive.withoutPersonal(&this.values, this.number)

	if decisive.Source == SourceUnrecognized {
		answer.FirstLine = clean(firstLine(decisive.Message), maxFirstLine, this.number)
	}

	message := decisive.Message
	if row.Verdict == Halted && (decisive.Source == SourceGateway || decisive.Source == SourceAuthServer) {
		message += clockDifference(cmp.Or(decisive.date, result.header.Get("Date")), now)
	}

	answer.Failure = Failure{
		Source:  decisive.Source,
		Reason:  clean(decisive.Reason, maxCode, this.number),
		Detail:  clean(decisive.Detail, maxCode, this.number),
		Field:   clean(decisive.Field, maxCode, this.number),
		Message: clean(message, maxMessage, this.number),
	}
	for _, number := range this.numbers {
		answer.Failure = answer.Failure.without(number)
	}

	return answer.withoutReceipt(this.receipt)
}

// clockDifference explains a refused signature by this machine's clock, when the
// answer's Date tells a different time.
func clockDifference(said string, now time.Time) string {
	date, err := http.ParseTime(said)
	if err != nil {
		return ""
	}

	switch ahead := now.Sub(date); {
	case ahead > clockTolerance:
		return fmt.Sprintf(" (this machine's clock is %s ahead of the API's: set it right)", ahead.Round(time.Second))
	case ahead < -clockTolerance:
		return fmt.Sprintf(" (this machine's clock is %s behind the API's: set it right)", (-ahead).Round(time.Second))
	default:
		return ""
	}
}
