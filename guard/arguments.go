package guard

import (
	"slices"

	"github.com/askwire/askwire/guard/lex"
)

// Arguments says of what kind the arguments of a prepared statement are, a byte each, in the order of the client's markers. With them, a
// condition with ? on a text or a time can be copied behind a row policy's barrier, where it keeps its index: compared with a
// value of its own kind it cannot fail and warns of no row. A number beside a text column would have every hidden row's value
// converted, and the warnings would tell. Without them ("") only conditions on numbers are copied: there the argument is what is converted.
type Arguments string

// The kinds of arguments.
const (
	NoArgument     = '0' // NULL, which nothing is equal to
	TextArgument   = 's'
	TimeArgument   = 't' // a date, with or without a time
	NumberArgument = 'n'
	OtherArgument  = '?' // bytes, a time alone, and whatever else there is
)

// argument is the kind of value that a ? will have.
func (c *checker) argument(m *marker) byte {
	if c.s.Arguments == "" {
		return OtherArgument
	}
	if c.asked == nil {
		s := lex.New(c.src, c.s.Mode.lex())
		for t := s.Next(); t.Kind != lex.EOF; t = s.Next() {
			if t.Kind == lex.Param {
				c.asked = append(c.asked, t.Pos)
			}
		}
	}
	i, ok := slices.BinarySearch(c.asked, m.pos)
	if !ok || len(c.asked) != len(c.s.Arguments) {
		return OtherArgument
	}
	return c.s.Arguments[i]
}

// fits reports whether a ? may be compared with a column of the class behind a barrier.
func (c *checker) fits(m *marker, class typeClass) bool {
	if class == numericType {
		return true
	}
	c.byArguments = true
	switch c.argument(m) {
	case TextArgument:
		return class == textType || class == temporalType
	case TimeArgument:
		return class == temporalType
	case NoArgument:
		return true
	}
	return false
}
