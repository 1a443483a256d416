package forget

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
)

// Search looks for a consumer in every table and in every stream of the queue, and says where they are found. What is sealed is
// not opened: the issuer's key stands beside the seal.
func Search(
	ctx context.Context, js jetstream.JetStream, ledger ProofLedger, consumer string, told func(where string, done, total int64),
) ([]Finding, error) {
	found := []Finding{}
	texts := forms(consumer)

	tables, err := ledger.Tables(ctx)
	if err != nil {
		return found, err
	}

	for _, table := range tables {
		columns, err := ledger.SearchTable(ctx, table, texts, func(done, total int64) { told("table "+table.Name, done, total) })
		if err != nil {
			return found, err
		}

		for _, column := range slices.Sorted(maps.Keys(columns)) {
			found = append(found, Finding{"table " + table.Name + ", column " + column, columns[column]})
		}
	}

	streams := []string{jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes, "KV_" + jobs.BucketControl}
	for _, name := range streams {
		n, err := searchStream(ctx, js, name, texts, func(done, total int64) { told("stream "+name, done, total) })
		if err != nil {
			return found, err
		}

		if n > 0 {
			found = append(found, Finding{"stream " + name, n})
		}
	}

	return found, nil
}

// forms are those in which the key of a consumer may stand: as it is, as JSON writes it, and as jobs that change something in a
// directory name it.
func forms(consumer string) []string {
	all := []string{consumer}

	if quoted, err := json.Marshal(consumer); err == nil && len(quoted) > 2 {
		all = append(all, string(quoted[1:len(quoted)-1]))
	}

	sum := sha256.Sum256(strconv.AppendQuote(nil, consumer))
	all = append(all, hex.EncodeToString(sum[:]))
	slices.Sort(all)

	return slices.Compact(all)
}

// toldEvery is after how many messages it is told how far the search is.
const toldEvery = 1000

// searchStream counts the messages of a stream that hold any of some texts. A queue of work lets nobody else read it by a
// consumer, so that it is read one message after the other; the others are read by one.
func searchStream(
	ctx context.Context, js jetstream.JetStream, name string, texts []string, told func(done, total int64),
) (int64, error) {
	s, err := openStream(ctx, js, name)
	if errors.Is(err, ErrNoStream) {
		return 0, nil
	}

	if err != nil {
		return 0, err
	}

	var found, looked int64

	look := func(subject string, header nats.Header, body []byte) {
		if looked++; looked%toldEvery == 0 {
			told(looked, s.messages)
		}

		if holds([]byte(subject), texts) || holds(body, texts) || slices.ContainsFunc(values(header), func(value string) bool {
			return holds([]byte(value), texts)
		}) {
			found++
		}
	}

	if name == jobs.StreamDead || name == jobs.StreamOutcomes {
		err = s.each(ctx, []string{">"}, func(_ uint64, msg jetstream.Msg) error {
			look(msg.Subject(), msg.Headers(), msg.Data())
			return nil
		})
	} else {
		err = s.walk(ctx, func(msg *jetstream.RawStreamMsg) { look(msg.Subject, msg.Header, msg.Data) })
	}

	return found, err
}

// walk reads the messages that were there when the stream was opened by their sequences.
func (s stream) walk(ctx context.Context, do func(msg *jetstream.RawStreamMsg)) error {
	for from := uint64(1); from <= s.last; {
		msg, err := s.first(ctx, from, ">")

		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			return nil
		case err != nil:
			return err
		case msg.Sequence > s.last:
			return nil
		}

		do(msg)

		from = msg.Sequence + 1
	}

	return nil
}

func values(header nats.Header) (all []string) {
	for _, of := range header {
		all = append(all, of...)
	}

	return all
}

// holds reports whether a text stands in another as a word: between what is no letter or digit.
func holds(body []byte, texts []string) bool {
	for _, text := range texts {
		for rest, at := body, 0; ; {
			i := bytes.Index(rest, []byte(text))
			if i < 0 {
				break
			}

			at += i

			before, _ := utf8.DecodeLastRune(body[:at])
			after, _ := utf8.DecodeRune(body[at+len(text):])

			if !wordRune(before) && !wordRune(after) {
				return true
			}

			at++
			rest = body[at:]
		}
	}

	return false
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}
