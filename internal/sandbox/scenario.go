package sandbox

import (
	"fmt"
	"net/http"

	"enroll.example/clicktopay/pkg/pan"
)

// Prefix begins the numbers of the sandbox's own range: prefix, two digits of scenario, five of
// serial, check digit.
const Prefix = "52047399"

// Limits of PAN.
const (
	MaxScenario = 99
	MaxSerial   = 99_999
)

// The scenarios that numbers outside of the range are treated as.
const (
	scenarioEnrolled   = 0
	scenarioIneligible = 10
)

// PAN returns the number of the sandbox's own range for a scenario and a serial. These numbers are
// test data and may be shown in clear. It panics on a scenario or serial beyond its limit, which is
// a mistake in the program that asks.
func PAN(scenario, serial int) string {
	if scenario < 0 || scenario > MaxScenario || serial < 0 || serial > MaxSerial {
		panic(fmt.Sprintf("sandbox.PAN(%d, %d): scenarios go to %d, serials to %d", scenario, serial, MaxScenario, MaxSerial))
	}

	partial := fmt.Sprintf("%s%02d%05d", Prefix, scenario, serial)

	return partial + string(pan.CheckDigit(partial))
}

// Scenario is what the sandbox does with the cards of one part of its own range.
type Scenario struct {
	// Number is the two digits after Prefix.
	Number int
	// Meaning is for people.
	Meaning string

	// steps treat a card's calls in order; the last of them treats all that follow.
	steps []step
}

// step is one way to treat a call.
type step struct {
	// refuse makes the answer of a call that enrolls nothing; nil enrolls.
	refuse func() *reply
	// repeats refuses in words that repeat the card's number.
	repeats bool
	// delivery is how the answer of a call that enrolls travels.
	delivery delivery
	// record makes the error of the one record, in a batch; nil where refuse is of the batch as a whole.
	record func() *reply
	// batch is what becomes of a batch that has the card, or of its record.
	batch batchFate
}

// batchFate is what a card does to the batch that it is in.
type batchFate int

const (
	batchPlain      batchFate = iota
	recordMissing             // enrolled, and not in the results
	recordTwice               // in the results twice
	batchEndless              // the batch is never done
	batchFails                // the batch fails as a whole when it is processed
	statusThrottled           // the first question for the batch is answered 429
	statusFailing             // the first question for the batch is answered 500
	statusTruncated           // the answer to the first question for the batch is cut
)

// step returns how the nth call for a card is treated, counted from 1.
func (s Scenario) step(nth int) step {
	return s.steps[min(nth, len(s.steps))-1]
}

func enrolls(d delivery) step { return step{delivery: d} }

func refuses(refuse func() *reply) step { return step{refuse: refuse} }

func refusesCard(reason, message string) step {
	return ofRecord(refuses(func() *reply { return invalidCard(reason, message) }))
}

// ofRecord is a refusal that in a batch is of the one record.
func ofRecord(one step) step {
	one.record = one.refuse

	return one
}

// enrollsInBatch enrolls, and does something else to a batch.
func enrollsInBatch(fate batchFate) step { return step{batch: fate} }

func refusesAtGateway(row gatewayRow) step {
	return refuses(func() *reply { return gatewayRefusal(row) })
}

func wrongService() *reply {
	return permissionDenied("serviceId", "The service id is not one of the client's")
}

// badGateway is what a proxy in front of the API says, in no shape of the API's.
func badGateway() *reply {
	return &reply{
		status:      http.StatusBadGateway,
		contentType: "text/html",
		body:        []byte("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"),
		result:      "502 HTML",
	}
}

// Scenarios returns the sandbox's own range in order. A number with a scenario not listed enrolls.
func Scenarios() []Scenario {
	return []Scenario{
		scenario(scenarioEnrolled, "enrolled", enrolls(whole)),
		scenario(1, "400 ALREADY_EXISTS", ofRecord(refuses(alreadyExists))),
		scenario(scenarioIneligible, "400 INVALID_STATE, PAN_INELIGIBLE", refusesCard("PAN_INELIGIBLE", "The PAN is ineligible")),
		scenario(11, "400 INVALID_STATE, INVALID_PAN", refusesCard("INVALID_PAN", "The PAN is invalid")),
		scenario(12, "400 INVALID_STATE, ISSUER_DECLINED", refusesCard("ISSUER_DECLINED", "The issuer declined")),
		scenario(13, "400 INVALID_STATE, TOKENIZATION_INELIGIBLE",
			refusesCard("TOKENIZATION_INELIGIBLE", "The card cannot be tokenized")),
		scenario(14, "400 INVALID_STATE, SUSPENDED_CARD", refusesCard("SUSPENDED_CARD", "The card is suspended")),
		scenario(15, "400 INVALID_ARGUMENT, CANNOT_BE_NULL for consumer.countryCode", refuses(countryMissing)),
		scenario(20, "403 PERMISSION_DENIED for the serviceId", refuses(wrongService)),
		scenario(28, "429 once with Retry-After: 1, then enrolled", refusesAtGateway(rateLimited), enrolls(whole)),
		scenario(29, "429 always with Retry-After: 1", refusesAtGateway(rateLimited)),
		scenario(30, "400 with a page of HTML: no client certificate was sent", refuses(noCertificate)),
		scenario(31, "413 with a page of HTML", refuses(tooLargeForProxy)),
		scenario(32, "451 with a page of HTML", refuses(blockedByProxy)),
		scenario(33, "400 of the gateway in XML, AUTHENTICATION_FAILED", refuses(gatewayXML)),
		scenario(34, "400 with errors in lower case, CRYPTOGRAPHY_ERROR", refuses(cryptographyError)),
		scenario(35, "400 with errors in lower case, ENCRYPTION_ERROR", refuses(encryptionError)),
		scenario(36, "400 with the code openapi.invalid.xclient.id", refuses(unknownClientID)),
		scenario(37, "400 INVALID_STATE, PAN_INELIGIBLE in gzip", ofRecord(refuses(ineligibleInGzip))),
		scenario(38, "400 INVALID_STATE, PAN_INELIGIBLE, that repeats the consumer and the number in other forms", step{repeats: true}),
		scenario(39, "500 with errors in lower case in a body of JSON-RPC, clientid.invalid", refuses(clientIDInvalid)),
		scenario(40, "400 with errors in lower case of MDES, PAN_INELIGIBLE", refuses(ineligibleByMDES)),
		scenario(41, "400 with errors in lower case and recoverable true once, then enrolled",
			refuses(recoverableInLowerCase), enrolls(whole)),
		scenario(42, "429 with errors in lower case, too.many.requests, once, then enrolled",
			refuses(tooManyInLowerCase), enrolls(whole)),
		scenario(43, "enrolled; in a batch, missing in its results", enrollsInBatch(recordMissing)),
		scenario(44, "enrolled; in a batch, which is never done", enrollsInBatch(batchEndless)),
		scenario(45, "enrolled; in a batch, which fails as a whole when it is processed", enrollsInBatch(batchFails)),
		scenario(46, "enrolled; in a batch, whose status is 429 with Retry-After: 1 once", enrollsInBatch(statusThrottled)),
		scenario(47, "enrolled; in a batch, whose status is 500 INTERNAL once", enrollsInBatch(statusFailing)),
		scenario(48, "enrolled; in a batch, whose status is cut in the middle once", enrollsInBatch(statusTruncated)),
		scenario(49, "enrolled; in a batch, twice in its results", enrollsInBatch(recordTwice)),
		scenario(50, "500 INTERNAL once, then enrolled", refuses(internalError), enrolls(whole)),
		scenario(51, "500 INTERNAL always", refuses(internalError)),
		scenario(53, "503 NO_RESPONSE_FROM_ISSUER once, then enrolled", refuses(noAnswerFromIssuer), enrolls(whole)),
		scenario(54, "503 NO_RESPONSE_FROM_ISSUER always", refuses(noAnswerFromIssuer)),
		scenario(55, "400 of the gateway with Recoverable true once, then enrolled",
			refusesAtGateway(recoverableFailure), enrolls(whole)),
		scenario(60, "enrolled, answered after a second", enrolls(late)),
		scenario(61, "enrolled, answered later than any client waits", enrolls(hung)),
		scenario(62, "enrolled, answered in gzip", enrolls(gzipped)),
		scenario(63, "enrolled, answered in deflate", enrolls(deflated)),
		scenario(64, "enrolled, answered in deflate without the header of zlib", enrolls(deflatedRaw)),
		scenario(65, "enrolled, answered with a byte order mark", enrolls(marked)),
		scenario(66, "enrolled, answered in UTF-16", enrolls(utf16)),
		scenario(67, "enrolled, answered without the card's id", enrolls(anonymous)),
		scenario(68, "enrolled, answered with a card's id of 300 characters", enrolls(overlong)),
		scenario(70, "enrolled, the connection cut instead of an answer once, then answered", enrolls(lost), enrolls(whole)),
		scenario(71, "enrolled, the connection cut instead of an answer always", enrolls(lost)),
		scenario(80, "502 with a page of HTML always", refuses(badGateway)),
		scenario(81, "enrolled, the answer cut in the middle once, then answered", enrolls(truncated), enrolls(whole)),
		scenario(82, "enrolled, 200 without a body once, then answered", enrolls(empty), enrolls(whole)),
		scenario(83, "enrolled, 200 with a body that is not JSON once, then answered", enrolls(unreadable), enrolls(whole)),
		scenario(84, "enrolled, 200 that names another card once, then answered", enrolls(misnamed), enrolls(whole)),
		scenario(85, "enrolled, 200 with something behind the JSON once, then answered", enrolls(trailing), enrolls(whole)),
		scenario(86, "enrolled, 200 in Brotli once, then answered", enrolls(opaque), enrolls(whole)),
	}
}

func scenario(number int, meaning string, steps ...step) Scenario {
	return Scenario{Number: number, Meaning: meaning, steps: steps}
}
