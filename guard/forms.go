package guard

import (
	"strings"
	"time"
	"unicode"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// Forms that the parser reads in another way than the servers do, or of which it does not keep the form.

// escaped reads the constant of {d '…'}, {t '…'} and {ts '…'}. The parser makes DATE '…' of it, and so do MariaDB and MySQL when it
// is a date; else it is a text to them, where DATE '…' is an error.
func (c *checker) escaped(n *ast.FuncCallExpr) (ast.ExprNode, error) {
	l, ok := n.Args[0].(*literal)
	if !ok || !c.inBraces(l.OriginTextPosition()) || c.p.server.Family == askwire.TiDB {
		return n, nil
	}
	layouts := map[string][]string{ast.DateLiteral: {time.DateOnly}, ast.TimeLiteral: {time.TimeOnly}, ast.TimestampLiteral: {time.DateTime, time.DateTime + ".999999"}}
	for _, layout := range layouts[n.FnName.L] {
		if _, err := time.Parse(layout, l.text); err == nil {
			c.pins = append(c.pins, [2]int{l.OriginTextPosition(), l.OriginTextPosition() + 1})
			return n, nil
		}
	}
	if strings.ContainsAny(l.text, "0123456789") {
		return nil, denied("A date in braces of this form", "Write DATE '2024-01-31', TIME '10:11:12' or TIMESTAMP '2024-01-31 10:11:12'.")
	}
	c.pins = append(c.pins, [2]int{l.OriginTextPosition(), l.OriginTextPosition() + 1})
	return l, nil
}

// inBraces reports whether a literal is written as {word literal}.
func (c *checker) inBraces(at int) bool {
	const space = " \t\r\n\f\v"
	before := strings.TrimRight(c.src[:at], space)
	before = strings.TrimRight(strings.TrimRightFunc(before, unicode.IsLetter), space)
	return strings.HasSuffix(before, "{")
}

// timeUnits end INTERVAL expr unit.
var timeUnits = words("MICROSECOND SECOND MINUTE HOUR DAY WEEK MONTH QUARTER YEAR SECOND_MICROSECOND MINUTE_MICROSECOND MINUTE_SECOND HOUR_MICROSECOND " +
	"HOUR_SECOND HOUR_MINUTE DAY_MICROSECOND DAY_SECOND DAY_MINUTE DAY_HOUR YEAR_MONTH")

// noOperand are words that a sign may follow.
var noOperand = words("SELECT DISTINCT ALL WHERE AND OR XOR NOT ON HAVING BY WHEN THEN ELSE CASE IN LIKE REGEXP RLIKE BETWEEN IS DIV MOD BINARY INTERVAL ESCAPE AS UNION EXCEPT INTERSECT LIMIT OFFSET RETURNING")

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// leadingInterval refuses INTERVAL 1 DAY + d = x: MariaDB and MySQL take all of d = x for what is added, and the parser d alone.
func (c *checker) leadingInterval() error {
	if c.intervals {
		return nil
	}
	c.intervals = true
	var toks []lex.Token
	s := lex.New(c.src, c.s.Mode.lex())
	for t := s.Next(); t.Kind != lex.EOF; t = s.Next() {
		if t.Kind != lex.ExecComment {
			toks = append(toks, t)
		}
	}
	toks = append(toks, lex.Token{Pos: len(c.src), End: len(c.src)})
	text := func(i int) string { return c.src[toks[i].Pos:toks[i].End] }
	for i, t := range toks {
		if t.Kind != lex.Ident || !strings.EqualFold(text(i), "interval") {
			continue
		}
		if sign := text(i - 1); sign == "+" || sign == "-" {
			if before := text(i - 2); before != "" && (toks[i-2].Kind != lex.Punct || before == ")" || before == "}") && !(toks[i-2].Kind == lex.Ident && noOperand[strings.ToUpper(before)]) {
				continue // d + INTERVAL 1 DAY
			}
		}
		for j, depth := i+1, 0; j < len(toks) && depth >= 0; j++ {
			switch {
			case text(j) == "(":
				depth++
			case text(j) == ")":
				depth--
			case depth == 0 && toks[j].Kind == lex.Ident && timeUnits[strings.ToUpper(text(j))]:
				if text(j+1) == "+" && c.operatorFollows(toks[j+2:]) {
					return denied("An operator behind INTERVAL … + …", "Write d + INTERVAL 1 DAY.")
				}
				j = len(toks)
			}
		}
	}
	return nil
}

// operatorFollows reports whether an operator stands behind the first operand.
func (c *checker) operatorFollows(toks []lex.Token) bool {
	depth := 0
	for _, t := range toks {
		text := c.src[t.Pos:t.End]
		switch {
		case text == "(":
			depth++
		case text == ")":
			depth--
		case depth > 0 || text == "." || t.Kind != lex.Punct && t.Kind != lex.Ident:
		case text == "," || t.Kind == lex.Ident && endOperand[strings.ToUpper(text)]:
			return false
		case t.Kind == lex.Punct || operatorWords[strings.ToUpper(text)]:
			return true
		}
		if depth < 0 {
			return false
		}
	}
	return false
}

var (
	endOperand    = words("AS FROM WHERE GROUP HAVING ORDER LIMIT UNION EXCEPT INTERSECT WHEN THEN ELSE END ASC DESC WINDOW SEPARATOR AND OR XOR")
	operatorWords = words("IS IN LIKE REGEXP RLIKE BETWEEN NOT DIV MOD COLLATE SOUNDS MEMBER")
)

// identifier is a name without what identifiers cannot hold: a NUL byte, and on MariaDB a character beyond the basic plane.
func (c *checker) identifier(name string) string {
	odd := func(r rune) bool { return r == 0 || r > 0xFFFF && c.p.server.Family == askwire.MariaDB }
	if strings.IndexFunc(name, odd) < 0 {
		return name
	}
	return strings.Map(func(r rune) rune {
		if odd(r) {
			return '?'
		}
		return r
	}, name)
}

// nameable gives the columns of a derived table or a common table expression names by which the statement around it can call them,
// where they are named after their own text and that cannot be one. MariaDB loses spaces behind a name of the latter; TiDB
// takes what does not print off the front.
func (c *checker) nameable(rel *relation, q ast.Node, with bool) {
	var fields []*ast.SelectField
	for i := range rel.cols {
		col := &rel.cols[i]
		name := c.identifier(col.name)
		switch {
		case with && c.p.server.Family == askwire.MariaDB:
			name = strings.TrimRight(name, " ")
		case c.p.server.Family == askwire.TiDB:
			if rest := strings.TrimLeftFunc(name, func(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S) }); rest != name {
				name = "?" + rest
			}
		}
		if name == col.name || col.name == "" {
			continue
		}
		if fields == nil {
			first := firstSelect(q)
			if first == nil || len(first.Fields.Fields) != len(rel.cols) {
				return
			}
			fields = first.Fields.Fields
		}
		if f := fields[i]; f.AsName.O == "" {
			col.name, col.low = name, strings.ToLower(name)
			f.AsName = ast.CIStr{O: name, L: col.low}
		}
	}
}
