package columns

import (
	"fmt"
	"slices"
	"strings"

	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/convert"
	"enroll.example/clicktopay/internal/bulk/mapping"
	"enroll.example/clicktopay/internal/formula"
)

// Layout says which columns the rows of a source have, and which of ours each of them feeds.
type Layout struct {
	file  string // the source's name, for messages
	names []RunName
	// CardLike are the fields that may look like a card number.
	CardLike []string
	format   cardfile.Format
	// Delimiter is the one of CSV, a comma for JSON: rejects are written with it.
	Delimiter byte
	// ByteOrderMark says that rejects begin with a byte order mark: the source did, or is in
	// another encoding than they are, and a mark comes before what is asked for.
	ByteOrderMark bool
	// rejects says that the source is a rejects file, whose cells are guarded.
	rejects    bool
	Inputs     []FileColumn
	byName     map[string]int  // place of an input
	knownNames map[string]bool // what columns are called, in lower case

	Columns   []Column
	byMember  map[string]int // place of a column, by the member that a jobs.Problem names
	feederOf  []int          // of each column: the place of the input that feeds it, -1 when none does
	constants []string       // of each column, "" for none
	null      []string       // texts that stand for no value
}

// FileColumn is a column of the source, or a member of its objects.
type FileColumn struct {
	Name    string
	feeds   []int                     // places of columns; empty for one that is left out
	convert convert.Func              // nil takes the value as it is
	reason  func(value string) string // a value is refused by the conversion
	// unnamed is the place of a column at the end that has no name, and so must have no values.
	unnamed string
	// FromRejects says that it comes from a rejects file and is not even kept in the next one.
	FromRejects bool
}

// holdsPAN reports whether the card number is made of the input.
func (in FileColumn) holdsPAN() bool { return slices.Contains(in.feeds, ColumnPAN) }

// NewLayout makes the layout of rows below a header. The error says in a sentence what is wrong with it and what to do.
func NewLayout(header []string, delimiter byte, m mapping.Mapping) (*Layout, error) {
	if err := CheckHeaderText(header, delimiter); err != nil {
		return nil, err
	}

	l := emptyLayout(cardfile.CSV, delimiter, m)
	if err := l.checkConstants(); err != nil {
		return nil, err
	}

	if l.rejects = isRejectsHeader(header); l.rejects {
		header = formula.UnguardAll(header)
	}

	for i, name := range header {
		place, name := fmt.Sprintf("column %d", i+1), CleanedName(name)

		in, err := l.resolve(place, name, m)
		if err != nil && name == "" && !NamedBehind(header[i:]) {
			in, err = FileColumn{unnamed: place}, nil
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
			return nil, fmt.Errorf("the column %q, which the mapping names, is missing", DisplayName(c.From))
		}
	}

	for i, c := range l.Columns {
		if c.required && l.feederOf[i] < 0 && l.constants[i] == "" {
			return nil, fmt.Errorf("the column %s is missing; required are %s", c.Name, names(Required(l.Columns)))
		}
	}

	return l, nil
}

// NewObjectLayout makes the layout of JSON objects: whatever one of them can have.
func NewObjectLayout(m mapping.Mapping) (*Layout, error) {
	l := emptyLayout(cardfile.JSONLines, ',', m)
	if err := l.checkConstants(); err != nil {
		return nil, err
	}

	var all []string
	for _, c := range m.Columns {
		all = append(all, c.From)
	}

	all = append(all, m.Ignore...)

	for i, c := range l.Columns {
		fed := slices.ContainsFunc(m.Columns, func(o mapping.Column) bool { return slices.Contains(o.To, c.Name) })
		if !fed && l.constants[i] == "" && !slices.Contains(all, c.Name) {
			all = append(all, c.Name)
		}
	}

	for _, name := range append(all, RejectColumns()...) {
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

func emptyLayout(format cardfile.Format, delimiter byte, m mapping.Mapping) *Layout {
	l := &Layout{
		format: format, Delimiter: delimiter, byName: map[string]int{},
		Columns: columns(), byMember: map[string]int{}, feederOf: make([]int, columnCount), constants: make([]string, columnCount),
		null: m.Null,
	}

	for i, c := range l.Columns {
		l.byMember[c.member] = i
		l.feederOf[i] = -1
		l.constants[i] = m.Constants[c.Name]
	}

	return l
}

// checkConstants finds at once what else every row would be rejected for.
func (l *Layout) checkConstants() error {
	for i, c := range l.Columns {
		if value := l.constants[i]; value != "" && !c.fits(value) {
			return fmt.Errorf("the constant of the mapping for %s %s", c.Name, c.rule)
		}
	}

	return nil
}

// add adds an input, at most one for each name and for each column that is fed.
func (l *Layout) add(in FileColumn) error {
	at := len(l.Inputs)

	if _, there := l.byName[in.Name]; there && len(in.feeds) > 0 {
		return fmt.Errorf("the column %s is there twice", DisplayName(in.Name))
	}

	for _, i := range in.feeds {
		switch other := l.feederOf[i]; {
		case other >= 0:
			return fmt.Errorf("the columns %s and %s both feed %s",
				DisplayName(l.Inputs[other].Name), DisplayName(in.Name), l.Columns[i].Name)
		case l.constants[i] != "":
			return fmt.Errorf("the column %s and a constant of the mapping both feed %s", DisplayName(in.Name), l.Columns[i].Name)
		}

		l.feederOf[i] = at
	}

	l.byName[in.Name] = at
	l.Inputs = append(l.Inputs, in)

	return nil
}

// ColumnIndex is where a column is, -1 when there is none of that name.
func (l *Layout) ColumnIndex(name string) int {
	return slices.IndexFunc(l.Columns, func(c Column) bool { return c.Name == name })
}

// inputOrder is the position of the column that a problem is about; a column that is not in the source comes last.
func (l *Layout) inputOrder(p Problem) int {
	if i, found := l.byName[p.Column]; found {
		return i
	}

	return len(l.Inputs)
}

// inputName is the name, in the source, of the column that feeds one of ours.
func (l *Layout) inputName(column int) string {
	if i := l.feederOf[column]; i >= 0 {
		return l.Inputs[i].Name
	}

	return l.Columns[column].Name
}

func Required(known []Column) []Column {
	return slices.DeleteFunc(slices.Clone(known), func(c Column) bool { return !c.required })
}

func names(of []Column) string {
	var all []string
	for _, c := range of {
		all = append(all, c.Name)
	}

	return strings.Join(all, ", ")
}
