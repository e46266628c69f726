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

// sameNames reports whether a select list is of columns by their own names: *, t.*, a, t.a AS a. The cursor is at its start.
func (c cursor) sameNames() bool {
	for {
		if !c.punct("*") && !c.sameName() {
			return false
		}
		if !c.punct(",") {
			return c.word("FROM")
		}
	}
}

// sameName passes t.* and [schema.][table.]name [[AS] name].
func (c *cursor) sameName() bool {
	name, ok := c.name()
	for ok && c.punct(".") {
		if c.punct("*") {
			return true
		}
		name, ok = c.name()
	}
	if !ok {
		return false
	}
	if as := c.accept("AS"); !as && (c.is(",") || c.word("FROM")) {
		return true
	}
	alias, ok := c.name()
	return ok && strings.EqualFold(alias, name)
}

// condition notes name = literal, and conditions that are never true: 0 = 1, 1 <> 1, FALSE. c is at its start; what joins it to
// the rest is AND.
func (w *wrapping) condition(c cursor) {
	s := w.top().scope
	if c.never() {
		s.where = append(s.where, qualified{})
	} else if q, ok := w.equals(c); ok {
		s.where = append(s.where, q)
	}
}

// never reports whether a condition is never true.
func (c cursor) never() bool {
	if c.tok.Kind != lex.Number && !c.word("FALSE") {
		return false
	}
	left := c.str()
	c.next()
	never := left == "0" || strings.EqualFold(left, "FALSE")
	if op := c.str(); c.is("=") || c.is("<>") || c.is("!=") {
		c.next()
		if c.tok.Kind != lex.Number {
			return false
		}
		never = (c.str() == left) != (op == "=")
		c.next()
	}
	return never && c.ended()
}

// equals reads name = literal, literal = name, name IN (literal) and name IN (literal, …).
func (w *wrapping) equals(c cursor) (qualified, bool) {
	a := &Ask{Params: w.w.Params}
	q, ok := qualified{}, false
	if v, first := a.condition(&c); first {
		if !c.punct("=") {
			return q, false
		}
		q, ok = columnName(&c)
		q.value = v
	} else if q, ok = columnName(&c); ok {
		switch {
		case c.punct("="):
			q.value, ok = a.condition(&c)
		case c.accept("IN"):
			q.value, ok = a.among(&c)
		default:
			return q, false
		}
	}
	q.value.Name = q.name
	return q, ok && c.ended()
}

// among reads (literal, …).
func (a *Ask) among(c *cursor) (Condition, bool) {
	if !c.punct("(") {
		return Condition{}, false
	}
	v, ok := a.condition(c)
	for ok && c.punct(",") {
		_, ok = a.condition(c)
		v = Condition{Several: true}
	}
	return v, ok && c.punct(")")
}

// condition passes the value of a condition: a literal, perhaps a dated one, or a marker.
func (a *Ask) condition(c *cursor) (Condition, bool) {
	if c.oneOf("DATE", "TIMESTAMP") {
		ahead := *c
		if ahead.next(); ahead.tok.Kind != lex.String {
			return Condition{}, false
		}
		*c = ahead
	}
	if c.accept("NULL") {
		return Condition{Null: true}, true
	}
	if c.tok.Kind == lex.Ident || c.tok.Kind == lex.QuotedIdent {
		return Condition{}, false
	}
	v := Condition{start: c.tok.Pos}
	ahead := *c
	var ok bool
	if v.Value, ok = a.literal(&ahead); !ok {
		return v, false
	}
	v.end = lastEnd(ahead, v.start)
	*c = ahead
	return v, true
}

// ended reports whether a condition of WHERE ends here.
func (c *cursor) ended() bool {
	return c.is(")") || c.end() || c.oneOf("AND", "GROUP", "ORDER", "HAVING", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "WINDOW")
}
