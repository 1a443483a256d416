package console

import (
	"net/http"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// cardView is what became of a card.
type cardView struct {
	Card  string // masked
	Found []store.Row
}

// cardPage finds the jobs of a card by its number. The number is in the body of the request alone: the page that answers has
// no address that names it, and nothing of it is kept.
func (c *Console) cardPage(v *visit) error {
	if c.FindCard == nil {
		return refuse(http.StatusNotFound, "No card is found by its number here: this console has no HMAC keys (--hmac-key-files).")
	}

	number, err := pan.Parse(strings.NewReplacer(" ", "", "-", "").Replace(v.r.PostForm.Get("number"))) // as it is embossed
	v.r.PostForm.Del("number")

	if err != nil {
		return v.write(http.StatusUnprocessableEntity, "jobs", "Jobs", "", c.emptySearch(v, "This is no card number."))
	}

	s, err := c.ledger.get(v.r.Context())
	if err != nil {
		return away("Postgres does not answer", err)
	}

	found, err := c.FindCard(v.r.Context(), s, number)
	if err != nil {
		return away("Postgres does not answer", err)
	}

	view := cardView{Card: maskedCard(number.First6(), number.Last4())}
	for _, one := range found {
		view.Found = append(view.Found, one.Row)
	}

	return v.show("card", "Card", "", view)
}
