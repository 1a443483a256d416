package bulk

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/bulk/duplicates"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// expiryClock is the month in which a card must not have expired.
type expiryClock struct{ year, month int }

// newExpiryClock looks at the last time zone, in which a month ends last.
func newExpiryClock(now time.Time) expiryClock {
	const westernmost = 12 * time.Hour

	there := now.UTC().Add(-westernmost)

	return expiryClock{year: there.Year(), month: int(there.Month())}
}

// expired is false of what is no month and year.
func (c expiryClock) expired(month, year string) bool {
	m, errMonth := strconv.Atoi(month)
	y, errYear := strconv.Atoi(year)

	return errMonth == nil && errYear == nil && (y < c.year || y == c.year && m < c.month)
}

// validate applies the rules to the values of a row. Of a column whose input is faulty enough has been said.
func (l *layout) validate(r *row, invalid []bool, now expiryClock) {
	valid := make([]bool, columnCount)
	found := func(column int, code jobs.Reason, reason string) {
		valid[column] = false
		r.problems = append(r.problems, problem{column: l.inputName(column), code: string(code), reason: reason})
	}

	for i, c := range l.columns {
		valid[i] = invalid == nil || !invalid[i]

		switch value := r.values[i]; {
		case !valid[i]:
		case value == "" && c.required:
			found(i, jobs.ReasonInvalidField, c.missing())
		case value != "" && !c.fits(value):
			found(i, jobs.ReasonInvalidField, c.broken(value))
		}
	}

	if valid[columnPAN] && !pan.Luhn(r.values[columnPAN]) {
		found(columnPAN, jobs.ReasonInvalidPAN, "fails the Luhn check: a digit is wrong or missing")
	}

	if valid[columnMonth] && valid[columnYear] && now.expired(r.values[columnMonth], r.values[columnYear]) {
		found(columnYear, jobs.ReasonExpiredCard, "and month are in the past")
	}

	for _, i := range []int{columnConsumerID, columnCardID} {
		switch {
		case !valid[i]:
		case l.holdsOwnNumber(r, i):
			found(i, jobs.ReasonClearCard, "holds the number of the row's own card; choose another key")
		case pan.LooksLikeCard(r.values[i]) && !slices.Contains(l.cardLike, l.columns[i].member):
			found(i, jobs.ReasonClearCard, "holds a card number in clear; card data belongs inside sealed")
		}
	}

	if !valid[columnPhoneCountry] || !valid[columnPhoneNumber] {
		return
	}

	switch country, number := r.values[columnPhoneCountry], r.values[columnPhoneNumber]; {
	case country == "" && number != "":
		found(columnPhoneCountry, jobs.ReasonInvalidField, l.columns[columnPhoneCountry].missing())
	case country != "" && number == "":
		found(columnPhoneNumber, jobs.ReasonInvalidField, l.columns[columnPhoneNumber].missing())
	case !jobs.ValidPhone(country, number):
		found(columnPhoneNumber, jobs.ReasonInvalidField, jobs.PhoneTooLong)
	}
}

// draft makes a job of a row without problems.
func (l *layout) draft(r row, job jobs.Job) draft {
	d := draft{job: job}

	for i, c := range l.columns {
		if r.values[i] != "" {
			c.set(&d, r.values[i])
		}
	}

	return d
}

// duplicateKey is the same for rows that ask for the same: the card, and each of what a program can know a consumer by.
func (r row) duplicateKey(key *duplicates.Key) uint64 {
	return key.Hash(r.values[columnPAN], strings.ToLower(r.values[columnEmail]),
		r.values[columnPhoneCountry], r.values[columnPhoneNumber], r.values[columnConsumerID])
}
