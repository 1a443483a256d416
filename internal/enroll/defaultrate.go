package enroll

import "maps"

// DefaultRate is how many calls a second a client id makes whose programs give no rate. Mastercard publishes none for this API;
// sibling products allow 10.
const DefaultRate = 10

// WithDefaultRates gives DefaultRate to the programs whose file gives none. Those of one client id share it. It returns them by
// client id as well.
func WithDefaultRates(programs map[string]Program) (rated map[string]Program, byClient map[string][]string) {
	rated, byClient = maps.Clone(programs), map[string][]string{}

	for name, program := range programs {
		if !program.Unrated {
			continue
		}

		program.Rate, program.RateShare = DefaultRate, "client."+program.SrcClientID
		rated[name] = program
		byClient[program.SrcClientID] = append(byClient[program.SrcClientID], name)
	}

	return rated, byClient
}
