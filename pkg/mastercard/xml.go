package mastercard

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// maxXMLDepth is more than any error of the API has.
const maxXMLDepth = 16

// xmlErrors reads the errors of the gateway, which writes XML where it has not
// understood what a client accepts:
//
//	<Errors><Error><Source>Gateway</Source><ReasonCode>...</ReasonCode>...</Error></Errors>
//
// The service speaks JSON alone, so whatever is written here is not its word on a card.
func xmlErrors(body []byte) []finding {
	tree, err := xmlTree(body)
	if err != nil {
		return nil
	}

	found := errorsIn(tree)
	for i := range found {
		found[i].Source = SourceGateway
	}

	return found
}

var errNotXML = errors.New("not an XML document")

// xmlTree reads a document as if it were the JSON of the same shape: elements are
// members, a repeated one is a list, attributes are left out.
func xmlTree(body []byte) (map[string]any, error) {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.CharsetReader = xmlCharset

	stack := []*xmlElement{{members: map[string]any{}}}

	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) && len(stack) == 1 {
			return stack[0].members, nil
		}
		if err != nil {
			return nil, err
		}

		top := stack[len(stack)-1]

		switch token := token.(type) {
		case xml.StartElement:
			if len(stack) > maxXMLDepth || len(stack) == 1 && len(top.members) > 0 {
				return nil, errNotXML
			}

			stack = append(stack, &xmlElement{name: token.Name.Local, members: map[string]any{}})
		case xml.EndElement:
			stack = stack[:len(stack)-1]
			stack[len(stack)-1].add(top.name, top.value())
		case xml.CharData:
			if len(stack) == 1 && len(bytes.TrimSpace(token)) > 0 {
				return nil, errNotXML
			}

			top.text.Write(token)
		}
	}
}

type xmlElement struct {
	name    string
	text    strings.Builder
	members map[string]any
}

func (e *xmlElement) value() any {
	if len(e.members) > 0 {
		return e.members
	}

	return e.text.String()
}

func (e *xmlElement) add(name string, value any) {
	switch before := e.members[name].(type) {
	case nil:
		e.members[name] = value
	case []any:
		e.members[name] = append(before, value)
	default:
		e.members[name] = []any{before, value}
	}
}
