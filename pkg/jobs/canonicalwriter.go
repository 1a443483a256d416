package jobs

import (
	"encoding/json"
	"strconv"
	"time"
)

// canonicalWriter writes JSON as encoding/json writes this package's types, in a fraction of its time. A text that would need
// an escape makes it bad, and the document is left to encoding/json. Members are written in the order of the type's fields.
type canonicalWriter struct {
	body []byte
	bad  bool
}

// encode writes a document the short way, and where that leaves it to encoding/json, by that.
func encode[T any](document T, write func(T) ([]byte, bool)) ([]byte, error) {
	if body, written := write(document); written {
		return body, nil
	}

	return json.Marshal(document)
}

// add writes a part of the document's structure.
func (w *canonicalWriter) add(text string) { w.body = append(w.body, text...) }

// member writes the name of a member.
func (w *canonicalWriter) member(name string) {
	if w.body[len(w.body)-1] != '{' {
		w.add(",")
	}

	w.add(`"`)
	w.add(name)
	w.add(`":`)
}

// text writes a member that is a string.
func (w *canonicalWriter) text(name, value string) {
	w.member(name)
	w.add(`"`)

	start := len(w.body)
	w.add(value)
	w.bad = w.bad || !unescaped(w.body[start:])

	w.add(`"`)
}

// optional writes a member that is a string, and left out where that is empty.
func (w *canonicalWriter) optional(name, value string) {
	if value != "" {
		w.text(name, value)
	}
}

// number writes a member that is a number.
func (w *canonicalWriter) number(name string, value int) {
	w.member(name)
	w.body = strconv.AppendInt(w.body, int64(value), 10)
}

// optionalNumber writes a member that is a number, and left out where that is zero.
func (w *canonicalWriter) optionalNumber(name string, value int) {
	if value != 0 {
		w.number(name, value)
	}
}

// flag writes a member that is true, and left out where it is not.
func (w *canonicalWriter) flag(name string, value bool) {
	if value {
		w.member(name)
		w.add("true")
	}
}

// time writes a member that is a time.
func (w *canonicalWriter) time(name string, value time.Time) {
	w.member(name)
	w.add(`"`)

	var err error

	w.body, err = value.AppendText(w.body)
	w.bad = w.bad || err != nil

	w.add(`"`)
}

// optionalTime writes a member that is a time, and left out where that is zero.
func (w *canonicalWriter) optionalTime(name string, value time.Time) {
	if !value.IsZero() {
		w.time(name, value)
	}
}

// flat writes a member that is a document already: an object as canonicalReader.flat reads it.
func (w *canonicalWriter) flat(name string, value []byte) {
	r := canonicalReader{rest: value}
	r.flat()
	w.bad = w.bad || !r.ended()

	w.member(name)
	w.body = append(w.body, value...)
}
