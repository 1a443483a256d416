// Package sandbox is a strict double of the card API that issuers use for Click to Pay, for
// tests, demos and trials. It checks what Mastercard's gateway and service are known to check:
// the OAuth 1.0a signature over the raw header and URL, body hash, timestamp and nonce, the
// OpenAPI description, client and service ids, the encryption of the card and the card itself. Then
// it decides by the card's number, and remembers the effect.
//
// It shares the OpenAPI description with this project's client, and no code: a double that verified
// with the client's functions would prove nothing. Where Mastercard's behaviour is not published
// the code says "inferred", and Options can change what is likely to differ.
//
// # What it decides
//
// The numbers that Mastercard and a partner publish as test data (TestPANs) do what those say of
// them. The sandbox's own range, made by PAN, is 52047399 SS NNNNN C: a prefix, the two digits of
// a scenario, a serial, the check digit.
//
//	00  enrolled
//	01  400 ALREADY_EXISTS
//	10  400 INVALID_STATE, PAN_INELIGIBLE
//	11  400 INVALID_STATE, INVALID_PAN
//	12  400 INVALID_STATE, ISSUER_DECLINED
//	13  400 INVALID_STATE, TOKENIZATION_INELIGIBLE
//	14  400 INVALID_STATE, SUSPENDED_CARD
//	15  400 INVALID_ARGUMENT, CANNOT_BE_NULL for consumer.countryCode
//	20  403 PERMISSION_DENIED for the serviceId
//	28  429 once with Retry-After: 1, then enrolled
//	29  429 always with Retry-After: 1
//	30  400 with a page of HTML: no client certificate was sent
//	31  413 with a page of HTML
//	32  451 with a page of HTML
//	33  400 of the gateway in XML, AUTHENTICATION_FAILED
//	34  400 with errors in lower case, CRYPTOGRAPHY_ERROR
//	35  400 with errors in lower case, ENCRYPTION_ERROR
//	36  400 with the code openapi.invalid.xclient.id
//	37  400 INVALID_STATE, PAN_INELIGIBLE in gzip
//	38  400 INVALID_STATE, PAN_INELIGIBLE, that repeats the consumer and the number in other forms
//	39  500 with errors in lower case in a body of JSON-RPC, clientid.invalid
//	40  400 with errors in lower case of MDES, PAN_INELIGIBLE
//	41  400 with errors in lower case and recoverable true once, then enrolled
//	42  429 with errors in lower case, too.many.requests, once, then enrolled
//	43  enrolled; in a batch, missing in its results
//	44  enrolled; in a batch, which is never done
//	45  enrolled; in a batch, which fails as a whole when it is processed
//	46  enrolled; in a batch, whose status is 429 with Retry-After: 1 once
//	47  enrolled; in a batch, whose status is 500 INTERNAL once
//	48  enrolled; in a batch, whose status is cut in the middle once
//	49  enrolled; in a batch, twice in its results
//	50  500 INTERNAL once, then enrolled
//	51  500 INTERNAL always
//	53  503 NO_RESPONSE_FROM_ISSUER once, then enrolled
//	54  503 NO_RESPONSE_FROM_ISSUER always
//	55  400 of the gateway with Recoverable true once, then enrolled
//	60  enrolled, answered after a second
//	61  enrolled, answered later than any client waits
//	62  enrolled, answered in gzip
//	63  enrolled, answered in deflate
//	64  enrolled, answered in deflate without the header of zlib
//	65  enrolled, answered with a byte order mark
//	66  enrolled, answered in UTF-16
//	67  enrolled, answered without the card's id
//	68  enrolled, answered with a card's id of 300 characters
//	70  enrolled, the connection cut instead of an answer once, then answered
//	71  enrolled, the connection cut instead of an answer always
//	80  502 with a page of HTML always
//	81  enrolled, the answer cut in the middle once, then answered
//	82  enrolled, 200 without a body once, then answered
//	83  enrolled, 200 with a body that is not JSON once, then answered
//	84  enrolled, 200 that names another card once, then answered
//	85  enrolled, 200 with something behind the JSON once, then answered
//	86  enrolled, 200 in Brotli once, then answered
//
// In a batch, a card that the service refuses with 400 for itself (01, 10 to 14, 37, 38) is refused alone; any other refusal
// is of the batch as a whole. How an answer travels (60 to 86) is how the answer to the batch does.
//
// Token Connect is at TokenConnectPath: getEligibleTokenRequestors, getAsset and pushMultipleAccounts, which decrypts with the
// same keys. Cards of 10 are refused alone with ACCOUNT_INELIGIBLE, those of 13 with the request, those of 20 with
// AUTHORIZATION_FAILED; all within a 200. Others have a receipt, by which POST /cards does what the card's number would.
//
// "Once" is once for each number. Any other number of a Mastercard or Maestro range enrolls;
// a number of another range is PAN_INELIGIBLE.
//
// What happened is in the Ledger. Everything is in memory and gone with the process; numbers and
// security codes are not kept in any form that could be read.
package sandbox
