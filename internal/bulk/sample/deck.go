package sample

// serials is how many cards a scenario of the sandbox has.
const serials = 100_000

// numberGenerator deals card numbers of the sandbox's range, each once while there are any.
type numberGenerator struct {
	dealt [100]int // of each scenario
	plain []int    // the scenarios that enroll
	at    int      // which of these is in use
}

// draw returns a card of a scenario. When there are no more, it is one that
// enrolls, and when there is none of these either, the first comes round again.
func (d *numberGenerator) draw(scenario int) string {
	if scenario == 0 || d.dealt[scenario] == serials {
		scenario = d.enrolling()
	}

	serial := d.dealt[scenario]
	d.dealt[scenario]++

	return number(scenario, serial)
}

func (d *numberGenerator) enrolling() int {
	if d.dealt[d.plain[d.at]] == serials {
		d.at = (d.at + 1) % len(d.plain)
		d.dealt[d.plain[d.at]] = 0
	}

	return d.plain[d.at]
}

// enrolling are the scenarios in which the sandbox enrolls a card at once: 0 and
// those that mean nothing else.
func enrolling() []int {
	all := []int{0}

	for _, gap := range [][2]int{{2, 9}, {16, 19}, {21, 27}, {52, 52}, {56, 59}, {69, 69}, {72, 79}, {87, 99}} {
		for scenario := gap[0]; scenario <= gap[1]; scenario++ {
			all = append(all, scenario)
		}
	}

	return all
}
