package front

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// Filter applies LIKE and WHERE to a row set that the proxy made. LIKE compares the first column. WHERE may use
// =, <>, !=, <=>, IN, LIKE, IS NULL, NOT, AND, OR and brackets on the columns' headings and literals: what clients send.
func (s *Show) Filter(headings []string, rows [][]*string, mode lex.Mode) ([][]*string, error) {
	if s.Like == nil && s.Where == "" {
		return rows, nil
	}
	out := rows[:0:0]
	for _, r := range rows {
		var keep bool
		if s.Like != nil {
			keep = len(r) > 0 && r[0] != nil && Like(*r[0], *s.Like)
		} else {
			f := filter{cursor{text: s.Where, mode: mode, sc: lex.New(s.Where, mode)}, headings, r, 0}
			f.next()
			v := f.or()
			if v < 0 || !f.end() {
				return nil, askwire.Errorf(askwire.NotSupported, "This WHERE is too much for a SHOW that the proxy answers itself.").
					WithHint("Use LIKE, or =, IN, LIKE, AND, OR and NOT on the columns %s.", strings.Join(headings, ", "))
			}
			keep = v == 1
		}
		if keep {
			out = append(out, r)
		}
	}
	return out, nil
}

// filter evaluates a condition while it reads it, for one row. Truth is 1, 0, 2 for NULL, -1 for text not understood.
type filter struct {
	cursor
	headings []string
	row      []*string
	depth    int
}

func (f *filter) or() int {
	v := f.and()
	for v >= 0 && (f.accept("OR") || f.punct("||")) {
		w := f.and()
		switch {
		case w < 0:
			return w
		case v == 1 || w == 1:
			v = 1
		case v == 2 || w == 2:
			v = 2
		}
	}
	return v
}

func (f *filter) and() int {
	v := f.not()
	for v >= 0 && (f.accept("AND") || f.punct("&&")) {
		w := f.not()
		switch {
		case w < 0:
			return w
		case v == 0 || w == 0:
			v = 0
		case v == 2 || w == 2:
			v = 2
		}
	}
	return v
}

func (f *filter) not() int {
	if f.depth++; f.depth > 1000 {
		return -1
	}
	if f.accept("NOT") || f.punct("!") {
		return negate(f.not())
	}
	if f.punct("(") {
		v := f.or()
		if !f.punct(")") {
			return -1
		}
		return v
	}
	return f.comparison()
}

func negate(v int) int {
	if v == 0 || v == 1 {
		return 1 - v
	}
	return v
}

func (f *filter) comparison() int {
	a, ok := f.operand()
	if !ok {
		return -1
	}
	not := f.accept("NOT")
	v := -1
	switch {
	case f.accept("IS"):
		if not {
			return -1
		}
		not = f.accept("NOT")
		if f.accept("NULL") {
			v = truth(a == nil)
		}
	case f.accept("LIKE"):
		if b, ok := f.operand(); ok {
			if v = 2; a != nil && b != nil {
				v = truth(Like(*a, *b))
			}
		}
	case f.accept("IN"):
		v = f.in(a)
	case not:
	case f.punct("="):
		v = f.equal(a)
	case f.punct("<>"), f.punct("!="):
		v = negate(f.equal(a))
	case f.punct("<=>"):
		if b, ok := f.operand(); ok {
			v = truth(a == nil && b == nil || a != nil && b != nil && same(*a, *b))
		}
	default: // a bare value: true unless 0
		if v = 2; a != nil {
			n, _ := strconv.ParseFloat(*a, 64)
			v = truth(n != 0)
		}
	}
	if not {
		return negate(v)
	}
	return v
}

func (f *filter) equal(a *string) int {
	b, ok := f.operand()
	switch {
	case !ok:
		return -1
	case a == nil || b == nil:
		return 2
	}
	return truth(same(*a, *b))
}

func (f *filter) in(a *string) int {
	if !f.punct("(") {
		return -1
	}
	v := 0
	for {
		b, ok := f.operand()
		if !ok {
			return -1
		}
		switch {
		case a == nil || b == nil:
			if v == 0 {
				v = 2
			}
		case same(*a, *b):
			v = 1
		}
		if !f.punct(",") {
			break
		}
	}
	if !f.punct(")") {
		return -1
	}
	return v
}

// operand passes a literal or a heading; nil is NULL.
func (f *filter) operand() (*string, bool) {
	switch f.tok.Kind {
	case lex.String, lex.Number:
		s := lex.Unquote(f.str(), f.mode)
		f.next()
		return &s, true
	case lex.Ident, lex.QuotedIdent:
		if f.accept("NULL") {
			return nil, true
		}
		name, _ := f.name()
		if f.punct(".") { // t.column
			var ok bool
			if name, ok = f.name(); !ok {
				return nil, false
			}
		}
		for i, h := range f.headings {
			if strings.EqualFold(h, name) && i < len(f.row) {
				return f.row[i], true
			}
		}
	}
	return nil, false
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

func same(a, b string) bool { return strings.EqualFold(a, b) }

// Like reports whether s matches MySQL's pattern, without regard to case: % is any text, _ one character, \ escapes.
func Like(s, pattern string) bool {
	s, pattern = strings.ToLower(s), strings.ToLower(pattern)
	star, mark := -1, 0 // where the last % stood, and how much of s it has taken
	p, i := 0, 0
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		if p < len(pattern) {
			if pattern[p] == '%' {
				star, mark = p, i
				p++
				continue
			}
			q, m := utf8.DecodeRuneInString(pattern[p:])
			literal := q != '_'
			if q == '\\' && p+1 < len(pattern) {
				p++
				q, m = utf8.DecodeRuneInString(pattern[p:])
				literal = true
			}
			if !literal || q == r {
				p += m
				i += n
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n = utf8.DecodeRuneInString(s[mark:])
		mark += n
		p, i = star+1, mark
	}
	return strings.Trim(pattern[p:], "%") == ""
}
