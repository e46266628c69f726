package guard

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/format"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// This file is the parser's literal driver: what the parser builds for numbers, strings and ? markers. It keeps the text of
// a number as it was written, so that no digit is lost and nothing can overflow, and it prints nothing itself.

type literalKind uint8

const (
	nullLiteral literalKind = iota
	boolLiteral
	intLiteral     // decimal digits, no sign
	decimalLiteral // digits with a point, or more digits than 64 bits hold
	floatLiteral   // with an exponent
	stringLiteral
	hexLiteral // bytes, as written in x'…' or 0x…
	bitLiteral
)

// literal is a constant in a statement. text holds digits, a string's value, or hexadecimal digits.
//
// Every constant of a text is one, so the small fields stand together: 240 bytes are a size class of the allocator.
type literal struct {
	ast.TexprNode
	kind     literalKind
	prefixed bool     // written as 0x… or 0b…
	slot     slotKind // for values that the guard put in: a policy variable, a session value
	offset   int32    // what ast.ValueExpr calls the projection offset
	text     string
	name     string // of a slot
}

// marker is a ? of a prepared statement.
type marker struct {
	literal
	pos   int
	order int
}

type (
	decimalText string
	binaryText  struct {
		kind     literalKind
		digits   string
		prefixed bool
	}
)

// ToString is what the parser calls on a binary literal.
func (b binaryText) ToString() string { return b.digits }

var (
	_ ast.ValueExpr       = (*literal)(nil)
	_ ast.ParamMarkerExpr = (*marker)(nil)
)

// The parser finds its driver in package variables, so they are set once, here, and never again.
func init() {
	ast.NewValueExpr = newLiteral
	ast.NewParamMarkerExpr = func(pos int) ast.ParamMarkerExpr { return &marker{pos: pos} }
	ast.NewDecimal = func(s string) (any, error) { return decimalText(s), nil }
	ast.NewHexLiteral = func(s string) (any, error) {
		h, err := hexDigits(s)
		return binaryText{hexLiteral, h, s[0] == '0'}, err
	}
	ast.NewBitLiteral = func(s string) (any, error) {
		h, err := bitDigits(s)
		return binaryText{bitLiteral, h, s[0] == '0'}, err
	}
}

func newLiteral(value any, _, _ string) ast.ValueExpr {
	n := &literal{offset: -1}
	switch v := value.(type) {
	case nil:
		n.kind = nullLiteral
	case bool:
		n.kind, n.text = boolLiteral, strconv.FormatBool(v)
	case int:
		n.kind, n.text = intLiteral, strconv.Itoa(v)
	case int64:
		n.kind, n.text = intLiteral, strconv.FormatInt(v, 10)
	case uint64:
		n.kind, n.text = intLiteral, strconv.FormatUint(v, 10)
	case float64:
		n.kind, n.text = floatLiteral, formatFloat(v)
	case decimalText:
		n.kind, n.text = decimalLiteral, string(v)
		if whole, ok := strings.CutSuffix(n.text, "."); ok { // the point would run into the word behind it
			n.kind, n.text = intLiteral, whole
		}
	case string:
		n.kind, n.text = stringLiteral, v
	case binaryText:
		n.kind, n.text, n.prefixed = v.kind, v.digits, v.prefixed
	case *literal:
		return v
	default:
		panic(errors.New("guard: the parser made a literal of an unknown type"))
	}
	return n
}

// formatFloat prints the shortest text that reads back as v, always with an exponent: 1e3 must not become an integer. The
// exponent is as drivers write it, 1.5e0, because servers take a literal's length for that of the column.
func formatFloat(v float64) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	sign := strings.TrimSuffix(exponent[:1], "+")
	exponent = strings.TrimLeft(exponent[1:], "0")
	if exponent == "" {
		sign, exponent = "", "0"
	}
	return mantissa + "e" + sign + exponent
}

var errBinary = errors.New("a hexadecimal or bit literal is malformed")

// hexDigits takes x'…' or 0x… apart.
func hexDigits(s string) (string, error) {
	var body string
	switch {
	case len(s) >= 3 && s[0]|0x20 == 'x' && s[1] == '\'' && s[len(s)-1] == '\'':
		body = s[2 : len(s)-1]
		if len(body)%2 != 0 {
			return "", errBinary
		}
	case len(s) > 2 && s[0] == '0' && s[1] == 'x':
		body = s[2:]
		if len(body)%2 != 0 {
			body = "0" + body
		}
	default:
		return "", errBinary
	}
	body = strings.ToLower(body)
	for i := 0; i < len(body); i++ {
		if c := body[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", errBinary
		}
	}
	return body, nil
}

// bitDigits takes b'…' or 0b… apart.
func bitDigits(s string) (string, error) {
	var body string
	switch {
	case len(s) >= 3 && s[0]|0x20 == 'b' && s[1] == '\'' && s[len(s)-1] == '\'':
		body = s[2 : len(s)-1]
	case len(s) > 2 && s[0] == '0' && s[1] == 'b':
		body = s[2:]
	default:
		return "", errBinary
	}
	for i := 0; i < len(body); i++ {
		if body[i] != '0' && body[i] != '1' {
			return "", errBinary
		}
	}
	return body, nil
}

// The rest is what ast.ValueExpr asks for.

func (n *literal) SetValue(any)              {}
func (n *literal) GetString() string         { return n.text }
func (n *literal) GetDatumString() string    { return n.text }
func (n *literal) GetProjectionOffset() int  { return int(n.offset) }
func (n *literal) SetProjectionOffset(i int) { n.offset = int32(i) } //nolint:gosec // within a text of 64 KiB

// GetValue is what the parser itself looks at: integers of LIMIT and of positions, TRIM's missing operand.
func (n *literal) GetValue() any {
	switch n.kind {
	case nullLiteral:
		return nil
	case intLiteral:
		if v, err := strconv.ParseInt(n.text, 10, 64); err == nil {
			return v
		}
		v, _ := strconv.ParseUint(n.text, 10, 64)
		return v
	default:
		return n.text
	}
}

func (n *literal) GetType() *types.FieldType { return &n.Type }

// Restore is never used: the guard prints trees itself.
func (n *literal) Restore(*format.RestoreCtx) error {
	return errors.New("guard: literals are printed by the guard only")
}

// Format is never used either.
func (n *literal) Format(io.Writer) {}

// Accept implements ast.Node.
func (n *literal) Accept(v ast.Visitor) (ast.Node, bool) {
	node, skip := v.Enter(n)
	if skip {
		return v.Leave(node)
	}
	return v.Leave(n)
}

func (n *marker) SetOrder(i int) { n.order = i }

// Accept implements ast.Node.
func (n *marker) Accept(v ast.Visitor) (ast.Node, bool) {
	node, skip := v.Enter(n)
	if skip {
		return v.Leave(node)
	}
	return v.Leave(n)
}

// introduced reports whether the literal carries an introducer such as _latin1.
func (n *literal) introduced() bool { return n.Type.GetFlag()&mysql.UnderScoreCharsetFlag != 0 }
