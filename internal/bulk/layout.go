package bulk

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/formula"
)

// layout is what is known of the rows of a source: what they have, and what that feeds.
type layout struct {
	file  string // the source's name, for messages
	names []runName
	// cardLike are the fields that may look like a card number.
	cardLike []string
	format   Format
	// delimiter is the one of CSV, a comma for JSON: rejects are written with it.
	delimiter byte
	// byteOrderMark says that rejects begin with a byte order mark: the source did, or is in
	// another encoding than they are, and a mark comes before what is asked for.
	byteOrderMark bool
	// rejects says that the source is a rejects file, whose cells are guarded.
	rejects    bool
	inputs     []input
	byName     map[string]int  // place of an input
	knownNames map[string]bool // what columns are called, in lower case

	columns   []column
	byMember  map[string]int // place of a column, by the member that a jobs.Problem names
	feederOf  []int          // of each column: the place of the input that feeds it, -1 when none does
	constants []string       // of each column, "" for none
	null      []string       // texts that stand for no value
}

// input is a column of the source, or a member of its objects.
type input struct {
	name    string
	feeds   []int                     // places of columns; empty for one that is left out
	convert convert.Func              // nil takes the value as it is
	reason  func(value string) string // a value is refused by the conversion
	// unnamed is the place of a column at the end that has no name, and so must have no values.
	unnamed string
	// fromRejects says that it comes from a rejects file and is not even kept in the next one.
	fromRejects bool
}

// holdsPAN reports whether the card number is made of the input.
func (in input) holdsPAN() bool { return slices.Contains(in.feeds, columnPAN) }

// newLayout makes the layout of rows below a header. The error says in a sentence what is wrong with it and what to do.
func newLayout(header []string, delimiter byte, m mapping.Mapping) (*layout, error) {
	if err := checkHeaderText(header, delimiter); err != nil {
		return nil, err
	}

	l := emptyLayout(CSV, delimiter, m)
	if err := l.checkConstants(); err != nil {
		return nil, err
	}

	if l.rejects = isRejectsHeader(header); l.rejects {
		header = formula.UnguardAll(header)
	}

	for i, name := range header {
		place, name := fmt.Sprintf("column %d", i+1), cleanedName(name)

		in, err := l.resolve(place, name, m)
		if err != nil && name == "" && !namedBehind(header[i:]) {
			in, err = input{unnamed: place}, nil
		}

		if err != nil {
			return nil, err
		}

		if err := l.add(in); err != nil {
			return nil, err
		}
	}

	l.collectNames()

	for _, c := range m.Columns {
		if _, found := l.byName[c.From]; !found {
			return nil, fmt.Errorf("the column %q, which the mapping names, is missing", displayName(c.From))
		}
	}

	for i, c := range l.columns {
		if c.required && l.feederOf[i] < 0 && l.constants[i] == "" {
			return nil, fmt.Errorf("the column %s is missing; required are %s", c.name, names(required(l.columns)))
		}
	}

	return l, nil
}

// newObjectLayout makes the layout of JSON objects: whatever one of them can have.
func newObjectLayout(m mapping.Mapping) (*layout, error) {
	l := emptyLayout(JSONLines, ',', m)
	if err := l.checkConstants(); err != nil {
		return nil, err
	}

	var all []string
	for _, c := range m.Columns {
		all = append(all, c.From)
	}

	all = append(all, m.Ignore...)

	for i, c := range l.columns {
		fed := slices.ContainsFunc(m.Columns, func(o mapping.Column) bool { return slices.Contains(o.To, c.name) })
		if !fed && l.constants[i] == "" && !slices.Contains(all, c.name) {
			all = append(all, c.name)
		}
	}

	for _, name := range append(all, rejectColumns()...) {
		in, err := l.resolve("a member", name, m)
		if err != nil {
			return nil, err
		}

		if err := l.add(in); err != nil {
			return nil, err
		}
	}

	return l, nil
}

func emptyLayout(format Format, delimiter byte, m mapping.Mapping) *layout {
	l := &layout{
		format: format, delimiter: delimiter, byName: map[string]int{},
		columns: columns(), byMember: map[string]int{}, feederOf: make([]int, columnCount), constants: make([]string, columnCount),
		null: m.Null,
	}

	for i, c := range l.columns {
		l.byMember[c.member] = i
		l.feederOf[i] = -1
		l.constants[i] = m.Constants[c.name]
	}

	return l
}

// checkConstants finds at once what else every row would be rejected for.
func (l *layout) checkConstants() error {
	for i, c := range l.columns {
		if value := l.constants[i]; value != "" && !c.fits(value) {
			return fmt.Errorf("the constant of the mapping for %s %s", c.name, c.rule)
		}
	}

	return nil
}

// add adds an input, at most one for each name and for each column that is fed.
func (l *layout) add(in input) error {
	at := len(l.inputs)

	if _, there := l.byName[in.name]; there && len(in.feeds) > 0 {
		return fmt.Errorf("the column %s is there twice", displayName(in.name))
	}

	for _, i := range in.feeds {
		switch other := l.feederOf[i]; {
		case other >= 0:
			return fmt.Errorf("the columns %s and %s both feed %s",
				displayName(l.inputs[other].name), displayName(in.name), l.columns[i].name)
		case l.constants[i] != "":
			return fmt.Errorf("the column %s and a constant of the mapping both feed %s", displayName(in.name), l.columns[i].name)
		}

		l.feederOf[i] = at
	}

	l.byName[in.name] = at
	l.inputs = append(l.inputs, in)

	return nil
}

// columnIndex is where a column is, -1 when there is none of that name.
func (l *layout) columnIndex(name string) int {
	return slices.IndexFunc(l.columns, func(c column) bool { return c.name == name })
}

// inputOrder is the place of what a problem is about; what is not in the source comes last.
func (l *layout) inputOrder(p problem) int {
	if i, found := l.byName[p.column]; found {
		return i
	}

	return len(l.inputs)
}

// inputName is what a column is called where its value comes from.
func (l *layout) inputName(column int) string {
	if i := l.feederOf[column]; i >= 0 {
		return l.inputs[i].name
	}

	return l.columns[column].name
}

func required(known []column) []column {
	return slices.DeleteFunc(slices.Clone(known), func(c column) bool { return !c.required })
}

func names(of []column) string {
	var all []string
	for _, c := range of {
		all = append(all, c.name)
	}

	return strings.Join(all, ", ")
}
