package records_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

func TestMembers(t *testing.T) {
	t.Parallel()

	member := func(path, value string) records.Member { return records.Member{Path: path, Value: value} }
	other := func(path string) records.Member { return records.Member{Path: path, Other: true} }

	for name, c := range map[string]struct {
		line  string
		want  []records.Member
		fault records.Fault
	}{
		"texts and numbers as they are": {
			`{"pan":"5204731600014784","exp_month":7,"n":1.50e3}`,
			[]records.Member{member("pan", "5204731600014784"), member("exp_month", "7"), member("n", "1.50e3")}, 0,
		},
		"null is absent":                  {`{"a":null}`, []records.Member{member("a", "")}, 0},
		"escapes":                         {`{"\u0061":"\u00fc\n"}`, []records.Member{member("a", "ü\n")}, 0},
		"objects inside":                  {`{"card":{"address":{"zip":"1"}},"b":"2"}`, []records.Member{member("card.address.zip", "1"), member("b", "2")}, 0},
		"arrays":                          {`{"a":[{"cvv":"1"},["2"]]}`, []records.Member{member("a[].cvv", "1"), member("a[][]", "2")}, 0},
		"what is no text":                 {`{"a":true,"b":{},"c":[]}`, []records.Member{other("a"), other("b"), other("c")}, 0},
		"an object without any":           {` {} `, nil, 0},
		"a member twice":                  {`{"a":"1","b":"2","a":"3"}`, nil, records.NotJSON},
		"a member twice inside":           {`{"c":{"a":"1","a":"3"}}`, nil, records.NotJSON},
		"no object":                       {`["a"]`, nil, records.NotJSON},
		"a text":                          {`"a"`, nil, records.NotJSON},
		"a text that ends in a backslash": {`{"a":"b\\","c":"\""}`, []records.Member{member("a", `b\`), member("c", `"`)}, 0},
		"blanks everywhere":               {" { \"a\" : [ 1 , null ] , \"b\" : -0.5 } ", []records.Member{member("a[]", "1"), member("a[]", ""), member("b", "-0.5")}, 0},
		"half an object":                  {`{"a":"1"`, nil, records.NotJSON},
		"two objects":                     {`{"a":"1"}{"a":"1"}`, nil, records.NotJSON},
		"a comma too many":                {`{"a":"1",}`, nil, records.NotJSON},
		"single quotes":                   {`{'a':'1'}`, nil, records.NotJSON},
		"nothing":                         {``, nil, records.NotJSON},
		"text that is not UTF-8":          {"{\"a\":\"\xff\"}", nil, records.NotUTF8},
		"as deep as may be":               {nested(records.MaxDepth - 1), []records.Member{member(strings.Repeat("a.", 7)+"a", "1")}, 0},
		"one level deeper":                {nested(records.MaxDepth), nil, records.TooDeep},
		"very deep":                       {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), nil, records.TooDeep},
		"arrays that are as deep":         {`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + "}", nil, records.TooDeep},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found, fault := records.Members(c.line)
			require.Equal(t, c.fault, fault)

			if fault == records.None {
				require.Equal(t, c.want, found)
			}
		})
	}
}

// nested is an object with so many objects inside each other.
func nested(levels int) string {
	return strings.Repeat(`{"a":`, levels) + `{"a":1}` + strings.Repeat("}", levels)
}

func TestNamesOfAPath(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b", "cvv"}, records.Member{Path: "a[].b[][].cvv"}.Names())
}

// What is taken for an object is one, and each of its texts is found.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":{"b":["1",2]},"c":null}`, `{"a":true}`, "{\"\xff\":1}", `{"a":1,"a":2}`, nested(9), "[]", ""} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, line string) {
		found, fault := records.Members(line)
		if fault != records.None {
			return
		}

		var object map[string]any

		require.NoError(t, json.Unmarshal([]byte(line), &object))

		for name, value := range object {
			if text, is := value.(string); is {
				require.Contains(t, found, records.Member{Path: name, Value: text})
			}
		}
	})
}
