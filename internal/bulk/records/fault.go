package records

// Fault is what is wrong with the form of a record.
type Fault uint8

// The faults.
const (
	// None is a record in good form.
	None Fault = iota
	// TooLong is a line that does not end within MaxBytes.
	TooLong
	// BrokenQuotes is a quote inside a value that does not begin with one, text
	// behind a closing quote, or a quote that is not closed within MaxBytes or
	// whose closing leaves a record of several lines with the wrong number of fields.
	BrokenQuotes
	// FieldCount is a record with another number of fields than expected.
	FieldCount
	// NotJSON is a line that is no JSON object, or one in which a member occurs twice.
	NotJSON
	// TooDeep is a JSON object with more than MaxDepth levels.
	TooDeep
	// NotUTF8 is a JSON object whose text is not UTF-8.
	NotUTF8
)
