package guard

import (
	"strings"

	"github.com/askwire/askwire"
)

// valueLiteral turns a typed value into a literal. Text of a number that is no number is refused.
func valueLiteral(v askwire.Value) (literal, error) {
	l := literal{text: v.Text, offset: -1}
	switch v.Kind {
	case askwire.Null:
		l.kind, l.text = nullLiteral, ""
	case askwire.Int, askwire.Decimal, askwire.Float:
		if !isNumber(v.Text, v.Kind) {
			return literal{}, askwire.Errorf(askwire.WrongValue, "A value that should be a number is not.").
				WithHint("Ask the operator to check the policy variables.")
		}
		l.kind = intLiteral // of the numbers, the printer needs to know no more
	case askwire.String:
		l.kind = stringLiteral
	default:
		return literal{}, askwire.Errorf(askwire.WrongValue, "A value has an unknown type.")
	}
	return l, nil
}

// isNumber accepts an optional sign, digits, and for other kinds than Int a point and an exponent.
func isNumber(s string, kind askwire.ValueKind) bool {
	i, digits, point := 0, 0, false
	if i < len(s) && (s[i] == '-' || s[i] == '+') {
		i++
	}
	for ; i < len(s); i++ {
		switch ch := s[i]; {
		case ch >= '0' && ch <= '9':
			digits++
		case ch == '.' && !point && kind != askwire.Int:
			point = true
		case (ch == 'e' || ch == 'E') && kind == askwire.Float && digits > 0:
			i++
			if i < len(s) && (s[i] == '-' || s[i] == '+') {
				i++
			}
			rest := s[i:]
			return rest != "" && len(rest) < 4 && strings.Trim(rest, "0123456789") == ""
		default:
			return false
		}
	}
	return digits > 0 && digits <= maxDecimalDigits
}
