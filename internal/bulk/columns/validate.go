package columns

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// ExpiryClock is the month in which a card must not have expired.
type ExpiryClock struct{ year, month int }

// NewExpiryClock looks at the last time zone, in which a month ends last.
func NewExpiryClock(now time.Time) ExpiryClock {
	const westernmost = 12 * time.Hour

	there := now.UTC().Add(-westernmost)

	return ExpiryClock{year: there.Year(), month: int(there.Month())}
}

// expired is false for text that is not a month and a year.
func (c ExpiryClock) expired(month, year string) bool {
	m, errMonth := strconv.Atoi(month)
	y, errYear := strconv.Atoi(year)

	return errMonth == nil && errYear == nil && (y < c.year || y == c.year && m < c.month)
}

// validate applies the rules to the values of a row. Of a column whose input is faulty enough has been said.
func (l *Layout) validate(r *Row, invalid []bool, now ExpiryClock) {
	valid := make([]bool, columnCount)
	found := func(column int, code jobs.Reason, reason string) {
		valid[column] = false
		r.Problems = append(r.Problems, Problem{Column: l.inputName(column), Code: string(code), Reason: reason})
	}

	for i, c := range l.Columns {
		valid[i] = invalid == nil || !invalid[i]

		switch value := r.Values[i]; {
		case !valid[i]:
		case value == "" && c.required:
			found(i, jobs.ReasonInvalidField, c.missing())
		case value != "" && !c.fits(value):
			found(i, jobs.ReasonInvalidField, c.broken(value))
		}
	}

	if valid[ColumnPAN] && !pan.Luhn(r.Values[ColumnPAN]) {
		found(ColumnPAN, jobs.ReasonInvalidPAN, "fails the Luhn check: a digit is wrong or missing")
	}

	if valid[columnMonth] && valid[columnYear] && now.expired(r.Values[columnMonth], r.Values[columnYear]) {
		found(columnYear, jobs.ReasonExpiredCard, "is in the past, or its month is: the card has expired")
	}

	for _, i := range []int{columnConsumerID, columnCardID} {
		switch {
		case !valid[i]:
		case l.holdsOwnNumber(r, i):
			found(i, jobs.ReasonClearCard, "holds the number of the row's own card, or its account number; choose another key")
		case pan.LooksLikeCard(r.Values[i]) && !slices.Contains(l.CardLike, l.Columns[i].member):
			found(i, jobs.ReasonClearCard, "holds a card number in clear; only the column of card numbers may")
		}
	}

	if !valid[ColumnPhoneCountry] || !valid[columnPhoneNumber] {
		return
	}

	switch country, number := r.Values[ColumnPhoneCountry], r.Values[columnPhoneNumber]; {
	case country == "" && number != "":
		found(ColumnPhoneCountry, jobs.ReasonInvalidField, l.Columns[ColumnPhoneCountry].missing())
	case country != "" && number == "":
		found(columnPhoneNumber, jobs.ReasonInvalidField, l.Columns[columnPhoneNumber].missing())
	case !jobs.ValidPhone(country, number):
		found(columnPhoneNumber, jobs.ReasonInvalidField, jobs.PhoneTooLong)
	}
}

// Draft makes a job of a row without problems.
func (l *Layout) Draft(r Row, job jobs.Job) Draft {
	d := Draft{Job: job}

	for i, c := range l.Columns {
		if r.Values[i] != "" {
			c.set(&d, r.Values[i])
		}
	}

	return d
}

// DuplicateKey is the same for rows that ask for the same: the card, and each of what a program can know a consumer by.
func (r Row) DuplicateKey(key *duplicates.Key) uint64 {
	return key.Hash(r.Values[ColumnPAN], strings.ToLower(r.Values[columnEmail]),
		r.Values[ColumnPhoneCountry], r.Values[columnPhoneNumber], r.Values[columnConsumerID])
}
