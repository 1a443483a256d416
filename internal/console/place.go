package console

import (
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// pageSize is how many rows a page of a list has.
const pageSize = 100

// placeText is where a page ends, for the address of the next one.
func placeText(p store.JobPlace) string {
	return p.At.UTC().Format(time.RFC3339Nano) + " " + p.JobID
}

// placeOf reads it. What cannot be read is the beginning.
func placeOf(text string) store.JobPlace {
	at, id, _ := strings.Cut(text, " ")

	when, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return store.JobPlace{}
	}

	return store.JobPlace{At: when, JobID: id}
}
