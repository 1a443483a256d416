package sample

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"

	"enroll.example/clicktopay/internal/formula"
)

// Generated is what Generate has written.
type Generated struct {
	Rows int64
	// Bad rows are rejected before they are sent; ByCode counts them by the code they get.
	Bad    int64
	ByCode map[string]int64
}

// MaxDistinct is the number of rows up to which no two good ones have the same
// card number: the sandbox's own range has no more that enroll.
const MaxDistinct = serials * 47

// Generate writes a file of any number of rows, of which about so many percent
// are bad, in every way in turn. The same seed gives the same file. The cards are
// those of the sandbox's own range, good ones with the fates of Kinds.
func Generate(ctx context.Context, w io.Writer, rows int64, seed uint64, badPercent float64) (Generated, error) {
	const stream = 1 // of the generator of random numbers; Write has 0

	g := &generator{
		random: rand.New(rand.NewPCG(seed, stream)), //nolint:gosec // test data, the same each time, and no secret
		out:    bufio.NewWriterSize(w, 64<<10),
		wheel:  fates(),
		deck:   numberGenerator{plain: enrolling()},
		faults: faults(),
		done:   Generated{ByCode: map[string]int64{}},
	}
	g.csv = csv.NewWriter(g.out) // it writes to the same buffer

	if err := g.csv.Write(columns()); err != nil {
		return g.done, fmt.Errorf("writing the file: %w", err)
	}

	for g.done.Rows < rows {
		if err := ctx.Err(); err != nil {
			return g.done, err
		}

		if err := g.row(g.random.Float64()*100 < badPercent); err != nil {
			return g.done, fmt.Errorf("writing the file: %w", err)
		}
	}

	g.csv.Flush()

	if err := g.csv.Error(); err != nil {
		return g.done, fmt.Errorf("writing the file: %w", err)
	}

	return g.done, nil
}

type generator struct {
	random *rand.Rand
	out    *bufio.Writer
	csv    *csv.Writer
	wheel  []int // scenarios, as often as they occur among the good rows of the sample
	deck   numberGenerator
	faults []fault
	done   Generated
}

func (g *generator) row(bad bool) error {
	g.done.Rows++
	row := person(g.random, int(g.done.Rows))

	if !bad {
		row["pan"] = g.deck.draw(pick(g.random, g.wheel))
		return g.csv.Write(formula.GuardAll(cells(row)))
	}

	f := g.fault()
	row["pan"] = g.deck.draw(0)
	g.done.Bad++
	g.done.ByCode[f.code]++

	f.spoil(row)

	if f.prefix != "" {
		if _, err := g.out.WriteString(f.prefix); err != nil {
			return err
		}
	}

	return g.csv.Write(formula.GuardAll(append(cells(row), f.more...)))
}

// fault returns the next of all faults in turn; a rare one is passed over nearly always.
func (g *generator) fault() fault {
	all := int64(len(g.faults))
	f := g.faults[g.done.Bad%all]

	if f.rare && g.done.Bad/all%rareEvery != 0 {
		return g.faults[0]
	}

	return f
}

func cells(row map[string]string) []string {
	all := make([]string, 0, len(row)+1)
	for _, column := range columns() {
		all = append(all, row[column])
	}

	return all
}

// fates are the scenarios of the sample's good rows.
func fates() []int {
	var all []int

	for _, kind := range Kinds() {
		for range kind.Rows {
			if kind.Code == "" {
				all = append(all, kind.Scenario)
			}
		}
	}

	return all
}
