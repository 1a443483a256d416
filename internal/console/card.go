package console

import (
	"net/http"

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

	number, err := pan.Parse(v.r.PostForm.Get("number"))
	v.r.PostForm.Del("number")

	if err != nil {
		return v.write(http.StatusUnprocessableEntity, "jobs", "Jobs", "", c.emptySearch(v, "This is no card number."))
	}

	found, err := c.FindCard(v.r.Context(), number)
	if err != nil {
		return err
	}

	return v.show("card", "Card", "", cardView{maskedCard(number.First6(), number.Last4()), found})
}
