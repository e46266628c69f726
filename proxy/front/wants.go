package front

import (
	"strings"

	"github.com/askwire/askwire/guard/lex"
)

// noColumn are words that a select item can begin with and that name no column.
var noColumn = map[string]bool{"NULL": true, "TRUE": true, "FALSE": true, "CASE": true, "NOT": true, "EXISTS": true, "INTERVAL": true, "BINARY": true,
	"DEFAULT": true, "DISTINCT": true, "CURRENT_DATE": true, "CURRENT_TIME": true, "CURRENT_TIMESTAMP": true, "CURRENT_USER": true, "LOCALTIME": true,
	"LOCALTIMESTAMP": true, "UTC_DATE": true, "UTC_TIME": true, "UTC_TIMESTAMP": true, "FROM": true}

// want notes the column that a select item is, or is made of: name, table.name, sum(name), each with anything behind it. c is at
// the item's start. What is not plainly a column is not noted.
func (w *wrapping) want(c cursor) {
	q, ok := columnName(&c)
	if ok && c.is("(") && q.table == "" {
		c.next()
		c.accept("DISTINCT")
		q, ok = columnName(&c)
		ok = ok && (c.is(")") || c.is(","))
	}
	if !ok || c.is("(") || c.is(".") || c.tok.Kind == lex.String || noColumn[strings.ToUpper(q.name)] || strings.EqualFold(q.name, "summary") {
		return
	}
	s := w.top().scope
	s.wanted = append(s.wanted, q)
}

// columnName passes [[schema.]table.]name.
func columnName(c *cursor) (qualified, bool) {
	var q qualified
	var ok bool
	if q.name, ok = c.name(); !ok {
		return q, false
	}
	for n := 0; n < 2 && c.punct("."); n++ {
		q.table = q.name
		if q.name, ok = c.name(); !ok {
			return q, false
		}
	}
	return q, true
}

// condition notes name = literal, and conditions that are never true: 0 = 1, 1 <> 1, FALSE. c is at its start; what joins it to
// the rest is AND.
func (w *wrapping) condition(c cursor) {
	s := w.top().scope
	if c.tok.Kind == lex.Number || c.word("FALSE") {
		left := c.str()
		c.next()
		never := left == "0" || strings.EqualFold(left, "FALSE")
		if op := c.str(); c.is("=") || c.is("<>") || c.is("!=") {
			c.next()
			if c.tok.Kind != lex.Number {
				return
			}
			never = (c.str() == left) != (op == "=")
			c.next()
		}
		if never && c.ended() {
			s.where = append(s.where, qualified{})
		}
		return
	}
	q, ok := columnName(&c)
	if !ok || !c.punct("=") {
		return
	}
	if c.tok.Kind == lex.Ident {
		return
	}
	a := &Ask{Params: w.w.Params}
	if q.value, ok = a.literal(&c); ok && c.ended() {
		s.where = append(s.where, q)
	}
}

// ended reports whether a condition of WHERE ends here.
func (c *cursor) ended() bool {
	return c.is(")") || c.end() || c.oneOf("AND", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "WINDOW")
}
