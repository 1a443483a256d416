package mastercard_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// numbered returns the built-in table with each row's number for its advice, so that an answer tells which row decided.
func numbered(t *testing.T) (*mastercard.VerdictTable, []mastercard.VerdictRow) {
	t.Helper()

	table, err := mastercard.Verdicts()
	require.NoError(t, err)

	rows := table.Rows()

	var out bytes.Buffer

	writer := csv.NewWriter(&out)
	require.NoError(t, writer.Write(mastercard.VerdictColumns()))

	for i, r := range rows {
		require.NoError(t, writer.Write([]string{
			r.Operation, r.Status, r.Source, r.Reason, r.Detail, r.Field, r.Recoverable, r.RetryAfter,
			string(r.Verdict), r.AboutCard, r.Basis, strconv.Itoa(i),
		}))
	}
	writer.Flush()

	table, err = new(mastercard.VerdictTable).Override(&out)
	require.NoError(t, err)

	return table, rows
}

// Each row decides the answer that it describes: none is dead, and none says something else than the client does.
func TestEveryRowDecides(t *testing.T) {
	t.Parallel()

	table, rows := numbered(t)

	for i, row := range rows {
		for _, one := range answersOf(row) {
			t.Run(strconv.Itoa(i)+" "+one.name(), func(t *testing.T) {
				t.Parallel()

				client := newClient(t, append(one.config(), func(c *mastercard.Config) { c.Verdicts = table })...)
				answer := one.call(t, client)
				require.Equal(t, row.Verdict, answer.Verdict)
				require.Equal(t, strconv.Itoa(i), answer.Advice, "decided by %+v", rows[must(strconv.Atoi(answer.Advice))])
			})
		}
	}
}

// described is one answer as a row describes it: one alternative of each of its cells.
type described struct{ operation, status, source, reason, detail, field, recoverable, retryAfter string }

// answersOf returns an answer for each reason, detail and operation that a row names.
func answersOf(row mastercard.VerdictRow) []described {
	var all []described

	for operation := range strings.SplitSeq(or(row.Operation, "enroll"), "|") {
		for status := range strings.SplitSeq(or(row.Status, usualStatus(row)), "|") {
			for reason := range strings.SplitSeq(row.Reason, "|") {
				for source := range strings.SplitSeq(or(row.Source, usualSource(row)), "|") {
					for detail := range strings.SplitSeq(row.Detail, "|") {
						all = append(all, described{
							operation, strings.ReplaceAll(status, "xx", usualEnding(status, row)), source, reason,
							detail, row.Field, row.Recoverable, row.RetryAfter,
						})
					}
				}
			}
		}
	}

	return all
}

func or(value, instead string) string {
	if value == "" {
		return instead
	}

	return value
}

func usualStatus(row mastercard.VerdictRow) string {
	switch {
	case row.Source == "network" || row.Source == "client" || row.Source == "auth_server":
		return ""
	case row.Reason == "" && row.Detail == "" && row.Source == "":
		return "600" // the last row
	default:
		return "400"
	}
}

// usualEnding makes "4xx" a status that no row before this one names.
func usualEnding(status string, row mastercard.VerdictRow) string {
	if status == "3xx" {
		return "02"
	}
	if status == "4xx" && row.Detail == "TRUNCATED" {
		return "18"
	}

	return "00"
}

func usualSource(row mastercard.VerdictRow) string {
	switch {
	case row.Recoverable != "":
		return "gateway"
	case row.Reason != "" || row.Detail != "" || row.Field != "":
		return "service"
	default:
		return "unrecognized"
	}
}

func (d described) name() string {
	return strings.Join([]string{d.operation, d.status, d.source, d.reason, d.detail, d.field}, " ")
}

func (d described) call(t *testing.T, client *mastercard.Client) mastercard.Answer {
	t.Helper()

	connect := func() *mastercard.TokenConnect { return connectOf(t, client) }

	switch {
	case d.operation == "push":
		return connect().PushMultipleAccounts(t.Context(), pushRequest()).Answer
	case d.operation == "eligible_token_requestors":
		return connect().EligibleTokenRequestors(t.Context(), eligibleFor("520473160")).Answer
	case d.operation == "asset":
		return connect().Asset(t.Context(), mastercard.AssetRequest{AssetID: "a-1"}).Answer
	case d.reason == "INVALID_REQUEST" && d.source == "client":
		return client.Enroll(t.Context(), mastercard.EnrollRequest{SrcClientID: srcClientID, ServiceID: serviceID})
	case d.reason == "INVALID_SETTING":
		return client.Enroll(t.Context(), mastercard.EnrollRequest{SrcClientID: srcClientID})
	case d.operation == "read":
		return client.ReadCard(t.Context(), readCardRequest())
	case d.operation == "enroll_batch":
		return client.EnrollBatch(t.Context(), batchRequest(2)).Answer
	case d.operation == "batch_status":
		return client.BatchStatus(t.Context(), statusRequest()).Answer
	case d.reason == mastercard.ReasonTooLarge:
		return client.EnrollBatch(t.Context(), batchRequest(251)).Answer
	case d.operation == "update_card":
		return client.UpdateCard(t.Context(), updateCardRequest())
	case d.operation == "update_consumer":
		return client.UpdateConsumer(t.Context(), updateConsumerRequest())
	case d.operation == "forget_consumer":
		return client.Forget(t.Context(), forgetRequest())
	case d.operation == "unenroll":
		return client.Unenroll(t.Context(), mastercard.UnenrollRequest{SrcDigitalCardID: "x-1", SrcClientID: srcClientID, ServiceID: serviceID})
	default:
		return client.Enroll(t.Context(), enrollRequest())
	}
}

// config makes the answer come, or not.
func (d described) config() []func(*mastercard.Config) {
	switch d.source {
	case "network":
		return []func(*mastercard.Config){through(failingTransport(d.reason, d.detail))}
	case "client":
		return []func(*mastercard.Config){d.breakClient}
	case "auth_server":
		return []func(*mastercard.Config){authorizedBy(d.authServer())}
	}

	status := must(strconv.Atoi(d.status))

	var header []string
	if d.retryAfter == "yes" {
		header = []string{"Retry-After", "1"}
	}

	body := d.body()
	if d.detail == "TRUNCATED" {
		return []func(*mastercard.Config){
			through(answering(status, strings.Repeat(" ", 20), header...)), func(c *mastercard.Config) { c.MaxAnswerBytes = 10 },
		}
	}

	return []func(*mastercard.Config){through(answering(status, body, header...))}
}

// authServer answers as the row says, and with a code of its own where the row names none.
func (d described) authServer() roundTripper {
	var header []string
	if d.retryAfter == "yes" {
		header = []string{"Retry-After", "1"}
	}

	if status, is := strings.CutPrefix(d.reason, "HTTP_"); is {
		return answering(must(strconv.Atoi(status)), "", header...)
	}

	return answering(http.StatusBadRequest, `{"error":"`+or(d.reason, "use_dpop_nonce")+`"}`, header...)
}

func (d described) body() string {
	var shape any

	switch d.source {
	case "service":
		if d.reason == "OK" {
			return enrolledOr(d.operation)
		}
		if d.detail == mastercard.DetailBatchRefused {
			return `{"batchId":"b-1","batchStatus":"FAILED","errorMessage":"it could not be loaded"}`
		}
		shape = map[string]any{
			"status":      json.Number(d.status),
			"reason":      or(d.reason, "SOME_REASON"),
			"message":     "top",
			"errordetail": []any{map[string]any{"reason": d.detail, "source": d.field}},
		}
	case "gateway":
		shape = map[string]any{"Errors": map[string]any{"Error": []any{map[string]any{
			"Source": "Gateway", "ReasonCode": or(d.reason, "SOME_REASON"), "Recoverable": d.recoverable == "true",
		}}}}
	default:
		if d.detail == mastercard.DetailOtherCard {
			return strings.Replace(enrolled, "4784", "1111", 1)
		}
		if d.detail == mastercard.DetailStatusUnknown {
			return `{"batchId":"b-1","batchStatus":"RESTING"}`
		}

		return ""
	}

	return string(must(json.Marshal(shape)))
}

func enrolledOr(operation string) string {
	switch operation {
	case "unenroll", "update_card", "update_consumer", "forget_consumer":
		return `{"srcCorrelationId":"c-1"}`
	case "enroll_batch":
		return `{"batchId":"b-1","externalBatchId":"ours-1"}`
	case "batch_status":
		return `{"batchId":"b-1","batchStatus":"IN_PROGRESS"}`
	case "push":
		return pushed
	case "eligible_token_requestors":
		return eligible
	case "asset":
		return asset
	}

	return enrolled
}

// failingTransport fails before or after it has written the request.
func failingTransport(reason, detail string) roundTripper {
	err := map[string]error{
		mastercard.ReasonDNS:         &net.DNSError{Err: "no such host"},
		mastercard.ReasonTLS:         &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		mastercard.ReasonProxy:       &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED},
		mastercard.ReasonUnreachable: &net.OpError{Op: "dial", Err: syscall.ENETUNREACH},
		"":                           errors.New("the network is gone"),
	}[reason]

	return func(request *http.Request) (*http.Response, error) {
		trace := httptrace.ContextClientTrace(request.Context())
		trace.GetConn("")

		if detail == mastercard.DetailSent {
			trace.WroteHeaders()
			trace.WroteRequest(httptrace.WroteRequestInfo{})
		}

		return nil, err
	}
}

func (d described) breakClient(c *mastercard.Config) {
	switch d.reason {
	case mastercard.ReasonKeyMissing:
		c.SigningKey = keys{}
	case mastercard.ReasonKeyExpired:
		c.SigningKey = must(mastercard.NewSigningKey(signingRSA(), clock.AddDate(0, 0, -1)))
	case mastercard.ReasonPanic:
		if d.detail == mastercard.DetailNotSent {
			c.EncryptionKey = brokenKeys{}
		} else {
			c.Transport = roundTripper(func(*http.Request) (*http.Response, error) { panic("broken") })
		}
	case mastercard.ReasonNotEncrypted:
		c.EncryptionKey = spoiledEncryptionKey()
	case mastercard.ReasonNotSigned:
		c.SigningKey = spoiledSigningKey()
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}

	return value
}

// spoiledEncryptionKey was good when it was loaded.
func spoiledEncryptionKey() *mastercard.EncryptionKey {
	public := encryptionRSA().PublicKey
	key := must(mastercard.NewEncryptionKey(kid, &public, time.Time{}))
	public.N = big.NewInt(15)

	return key
}

// spoiledSigningKey was good when it was loaded.
func spoiledSigningKey() *mastercard.SigningKey {
	private := &rsa.PrivateKey{PublicKey: signingRSA().PublicKey, D: signingRSA().D, Primes: signingRSA().Primes}
	key := must(mastercard.NewSigningKey(private, time.Time{}))
	private.N = big.NewInt(15)

	return key
}

func TestLoadVerdicts(t *testing.T) {
	t.Parallel()

	header := strings.Join(mastercard.VerdictColumns(), ",") + "\n"

	for name, c := range map[string]struct{ file, err string }{
		"no rows":          {file: header},
		"a row":            {file: "# ours\n" + header + ",400,service,NEW,,,,,retry,,ours,\"Wait, then ask.\"\n"},
		"an empty file":    {err: "it is empty"},
		"another header":   {file: "a,b,c,d,e,f,g,h,i,j,k\n", err: "line 1: the header has to be operation,status"},
		"too few columns":  {file: header + "enroll,400\n", err: "record on line 2: wrong number of fields"},
		"a verdict":        {file: header + ",,,,,,,,later,,ours,\n", err: `line 2: verdict "later" is none of the verdicts`},
		"no verdict":       {file: header + ",,,,,,,,,,ours,\n", err: `line 2: verdict "" is none`},
		"an operation":     {file: header + "put,,,,,,,,retry,,ours,\n", err: `line 2: operation "put"`},
		"a status":         {file: header + ",4x,,,,,,,retry,,ours,\n", err: `line 2: status "4x"`},
		"a status of none": {file: header + ",400|,,,,,,,retry,,ours,\n", err: `line 2: status ""`},
		"a source":         {file: header + ",,me,,,,,,retry,,ours,\n", err: `line 2: source "me"`},
		"recoverable":      {file: header + ",,,,,,1,,retry,,ours,\n", err: `line 2: recoverable "1"`},
		"retry_after":      {file: header + ",,,,,,,1,retry,,ours,\n", err: `line 2: retry_after "1"`},
		"about_card":       {file: header + ",,,,,,,,retry,maybe,ours,\n", err: `line 2: about_card "maybe"`},
		"a file of an earlier version": {
			file: strings.Replace(header, "about_card,", "", 1) + ",400,service,NEW,,,,,retry,ours,Wait.\n",
		},
		"a row of an earlier version under the new header": {
			file: header + ",400,service,NEW,,,,,retry,ours,Wait.\n", err: "record on line 2: wrong number of fields",
		},
		"a basis":       {file: header + ",,,,,,,,retry,,hearsay,\n", err: `line 2: basis "hearsay"`},
		"an open quote": {file: header + "\"\n", err: "reading a row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			file := filepath.Join(t.TempDir(), "verdicts.csv")
			require.NoError(t, os.WriteFile(file, []byte(c.file), 0o600))

			_, err := mastercard.LoadVerdicts(file)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
				require.ErrorContains(t, err, file)
			}
		})
	}

	_, err := mastercard.LoadVerdicts("none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestOverriddenVerdicts(t *testing.T) {
	t.Parallel()

	table, err := mastercard.Verdicts()
	require.NoError(t, err)

	builtIn := len(table.Rows())
	changed, err := table.Override(strings.NewReader(strings.Join(mastercard.VerdictColumns(), ",") + `
enroll,400|422,service,invalid_state,issuer_declined,,,no,retry,,ours,Ask again.
`))
	require.NoError(t, err)
	require.Len(t, changed.Rows(), builtIn+1)
	require.Len(t, table.Rows(), builtIn, "a table does not change")

	declined := through(answering(422, serviceError("INVALID_STATE", `[{"reason":"ISSUER_DECLINED"}]`)))
	overridden := newClient(t, declined, func(c *mastercard.Config) { c.Verdicts = changed })
	answer := overridden.Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Retry, answer.Verdict)
	require.Equal(t, "Ask again.", answer.Advice)

	require.Equal(t, mastercard.Rejected, newClient(t, declined).Enroll(t.Context(), enrollRequest()).Verdict)
}

// A file that went through a spreadsheet has guards in front of what is no formula; one that did not has the texts as they are.
func TestTextsOfATableMayBeGuarded(t *testing.T) {
	t.Parallel()

	for cell, advice := range map[string]string{
		"'=1": "=1", "=1": "=1", "'+49 1 calls": "+49 1 calls", "' - ask": "- ask", "a;'-b": "a;-b", "'t Hooft knows": "'t Hooft knows",
		"ask 'them'": "ask 'them'", "''=1": "'=1",
	} {
		table, err := new(mastercard.VerdictTable).Override(strings.NewReader(
			strings.Join(mastercard.VerdictColumns(), ",") + "\n,4xx,service,NEW,,,,,rejected,,ours," + cell + "\n"))
		require.NoError(t, err)
		require.Equal(t, advice, table.Rows()[0].Advice, cell)
	}
}

// Files of earlier versions say nothing of what is about the card: their rows are watched like those that are not.
func TestRowsOfEarlierVersionsAreNotAboutTheCard(t *testing.T) {
	t.Parallel()

	table, err := must(mastercard.Verdicts()).Override(strings.NewReader(
		"operation,status,source,reason,detail,field,recoverable,retry_after,verdict,basis,advice\n" +
			",4xx,service,INVALID_STATE,ISSUER_DECLINED,,,,rejected,ours,Ours.\n"))
	require.NoError(t, err)

	declined := through(answering(400, serviceError("INVALID_STATE", `[{"reason":"ISSUER_DECLINED"}]`)))

	answer := newClient(t, declined, func(c *mastercard.Config) { c.Verdicts = table }).Enroll(t.Context(), enrollRequest())
	require.Equal(t, "Ours.", answer.Advice)
	require.Equal(t, mastercard.Rejected, answer.Verdict)
	require.False(t, answer.AboutCard)

	require.True(t, newClient(t, declined).Enroll(t.Context(), enrollRequest()).AboutCard)
}

// No row of ours ends a job for good but for a reason that the service gives, or that is found before anything is sent.
func TestRowsThatEndAJobNameAReasonOfTheService(t *testing.T) {
	t.Parallel()

	ending := 0

	for _, row := range must(mastercard.Verdicts()).Rows() {
		switch row.Verdict {
		case mastercard.Rejected, mastercard.AlreadyEnrolled, mastercard.NotEnrolled:
			ending++
			require.Contains(t, []string{mastercard.SourceService, mastercard.SourceClient}, row.Source, "%+v", row)
			require.NotEmpty(t, row.Reason+row.Detail, "%+v", row)
			require.Contains(t, []string{"yes", "no"}, row.AboutCard, "%+v", row)
		default:
			require.Empty(t, row.AboutCard, "%+v", row)
		}
	}

	require.Greater(t, ending, 40)
}
