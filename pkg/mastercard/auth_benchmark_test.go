package mastercard_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// BenchmarkAuth compares what a whole call costs, but for the network, by the ways of authorizing it. They take turns, so that all
// meet the same machine; each figure is a median.
func BenchmarkAuth(b *testing.B) {
	tokens := answering(http.StatusOK, `{"access_token":"a-token-of-the-benchmark","token_type":"DPoP","expires_in":86400}`)
	api := through(answering(http.StatusOK, enrolled, "Content-Type", "application/json"))
	by := func(key *oauth2.Key) *mastercard.Client {
		return newClient(b, api, authorizedBy(tokens, func(c *oauth2.Config) { c.ProofKey = key }))
	}

	ways := []struct {
		name   string
		client *mastercard.Client
		took   []time.Duration
	}{
		{name: "oauth1", client: newClient(b, api)},
		{name: "ps256", client: by(must(oauth2.NewKey(signingRSA())))},
		{name: "es256", client: by(must(oauth2.NewKey(signingEC())))},
	}
	request := enrollRequest()

	for b.Loop() {
		for i, way := range ways {
			began := time.Now()
			answer := way.client.Enroll(b.Context(), request)
			ways[i].took = append(ways[i].took, time.Since(began))

			if answer.Verdict != mastercard.Enrolled {
				b.Fatalf("%s: %+v", way.name, answer)
			}
		}
	}

	for _, way := range ways {
		slices.Sort(way.took)
		b.ReportMetric(float64(way.took[len(way.took)/2].Nanoseconds())/1e3, way.name+"-µs/op")
		b.ReportMetric(float64(way.took[len(way.took)/10].Nanoseconds())/1e3, way.name+"-p10-µs/op")
	}
}
