package guard

import (
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"
)

// header names a field that has no alias as the backend would have named it: columns and constants by themselves, through
// parentheses and a plus, and anything else with its own text.
func (c *checker) header(f *ast.SelectField, col *relColumn, named bool) {
	text := fieldText(f, c.s.Mode)
	switch inner := bareExpr(f.Expr).(type) {
	case *ast.ColumnNameExpr:
		// The spelling of the header is the client's.
		col.name = c.typed(inner)
		if col.name != inner.Name.Name.O {
			f.AsName = ast.CIStr{O: col.name, L: strings.ToLower(col.name)}
		}
		return
	case *literal:
		switch {
		case inner.slot != noSlot || inner.OriginTextPosition() <= 0:
		case inner.kind == nullLiteral:
			text = "NULL"
		case inner.kind == boolLiteral && c.p.server.Family != askwire.MySQL:
			text = strings.ToUpper(inner.text)
		case inner.kind == stringLiteral:
			c.pinText(f)
			name := inner.text
			if inner.offset > 0 && c.p.server.Family != askwire.MariaDB { // of 'a' 'b', MySQL names the column after the first
				name = name[:inner.offset]
			}
			if col.name = keptName(name); col.name != inner.text {
				col.name = c.identifier(col.name)
				f.AsName = ast.CIStr{O: col.name, L: strings.ToLower(col.name)}
			}
			return
		case inner.kind == intLiteral || inner.kind == decimalLiteral || inner.kind == floatLiteral:
			s := lex.New(c.src[inner.OriginTextPosition():], c.s.Mode.lex())
			t := s.Next()
			for t.Kind != lex.Number && t.Kind != lex.EOF { // {x 1}
				t = s.Next()
			}
			text = c.src[inner.OriginTextPosition()+t.Pos : inner.OriginTextPosition()+t.End]
		}
	}
	if !named {
		return // nobody may use the name that the backend makes up
	}
	col.name = headerText(text)
	if col.name != "" {
		f.AsName = ast.CIStr{O: col.name, L: strings.ToLower(col.name)}
		c.pinText(f)
	}
}

const maxName = 255 // bytes of a column's name; servers cut what is longer, in whole characters

// keptName is what backends keep of a column's name: white space in front is dropped, with warning 1466. (TiDB drops it of
// constants only, and keeps 256 bytes; the name is printed as the others have it.)
func keptName(name string) string {
	name = strings.TrimLeftFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7F })
	if len(name) > maxName {
		n := maxName
		for !utf8.RuneStart(name[n]) {
			n--
		}
		name = name[:n]
	}
	return name
}

// bareExpr takes parentheses and plus signs off.
func bareExpr(e ast.ExprNode) ast.ExprNode {
	for {
		switch n := e.(type) {
		case *ast.ParenthesesExpr:
			e = n.Expr
			continue
		case *ast.UnaryOperationExpr:
			if n.Op == opcode.Plus {
				e = n.V
				continue
			}
		}
		return e
	}
}

// typed is a column's name as the client wrote it.
func (c *checker) typed(n *ast.ColumnNameExpr) string {
	if name, ok := c.spelled[n.Name]; ok {
		return name
	}
	return n.Name.Name.O
}

// fieldText is the source text of a field without comments behind it.
func fieldText(f *ast.SelectField, mode Mode) string {
	text := f.OriginalText()
	if !strings.Contains(text, "/*") && !strings.Contains(text, "--") && !strings.Contains(text, "#") {
		return text
	}
	s := lex.New(text, mode.lex())
	end := 0
	for t := s.Next(); t.Kind != lex.EOF; t = s.Next() {
		end = t.End
	}
	return text[:end]
}

// headerText makes an alias of source text: what backends keep of it, and without characters beyond the basic plane, which
// identifiers cannot hold and which MySQL shows as ?.
func headerText(s string) string {
	if strings.ContainsFunc(s, supplementary) {
		s = strings.Map(func(r rune) rune {
			if supplementary(r) {
				return '?'
			}
			return r
		}, s)
	}
	return strings.Trim(keptName(s), " \t\r\n\f\v")
}

func supplementary(r rune) bool { return r > 0xFFFF }
