package proxy

import (
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/guard/lex"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// A probe is a SELECT of values of the session, which are the proxy's to give. What describes them is the backend's: clients see the
// types, lengths and flags that the server itself has for VERSION() or @@sql_mode.

// probe answers a SELECT of session values.
func (s *session) probe(p *front.Probe) error {
	columns, row, err := s.probed(p)
	if err != nil {
		return err
	}
	w := s.result(columns...)
	if !p.Empty {
		_ = w.Row(row...)
	}
	return s.endResult(w)
}

// probed are the columns of a probe and their values.
func (s *session) probed(p *front.Probe) ([]wire.Column, []any, error) {
	columns := make([]wire.Column, len(p.Items))
	row := make([]any, len(p.Items))
	for i, item := range p.Items {
		if err := s.vars.kept(item.Expr); err != nil {
			return nil, nil, err
		}
		if s.uncounted && item.Expr.Name == "found_rows" {
			return nil, nil, askwire.Errorf(askwire.NotSupported, "The rows of the statement before were not counted beyond its LIMIT: SQL_CALC_FOUND_ROWS has no effect here.").
				WithHint("Ask for SELECT COUNT(*) with the same conditions.")
		}
		v, err := item.Expr.Eval(s.lookup)
		if err != nil {
			return nil, nil, err
		}
		c, ok := s.valueColumn(item.Expr, &v)
		if !ok {
			c = ownShape(v)
		}
		c.Name = item.Name
		columns[i] = c
		if v.Kind != askwire.Null {
			row[i] = v.Text
		}
	}
	return columns, row, nil
}

// valueColumn describes a value as the backend describes its own; a word that a server has instead of a number takes its place.
func (s *session) valueColumn(e front.Expr, v *askwire.Value) (wire.Column, bool) {
	c, backend, ok := s.valueShape(e, *v)
	switch {
	case !ok, numeric(c.Type) && v.Kind == askwire.String:
		return c, false
	case !numeric(c.Type):
		if e.Kind == front.SysVar && v.Kind != askwire.Null { // ON is a word here, and not 1
			v.Text, _ = s.variable(e.Name, e.Scope == "global")
		}
		c.Length = lengthened(c.Length, backend, v.Text)
	}
	return c, true
}

// sessionColumns describes the columns of a SELECT that are values of the session, which are literals in what is sent, as the backend describes
// its own: beside the definitions that are told already, if there are any.
func (s *session) sessionColumns(st guard.Statement, columns []wire.Column) []wire.Column {
	if s.server().Family == askwire.Embedded {
		return columns
	}
	outputs := st.Receipt().Outputs
	for i, o := range outputs {
		if o.Known == "" {
			continue
		}
		v, ok := s.known(o.Known)
		if !ok {
			continue
		}
		number := v.Kind == askwire.Int // in what is sent
		if c, ok := s.valueColumn(sessionValue(o.Known), &v); ok && (!number || numeric(c.Type)) {
			if columns == nil {
				columns = make([]wire.Column, len(outputs))
			}
			if len(columns) == len(outputs) {
				columns[i] = c
			}
		}
	}
	return columns
}

// sessionValue is a name of the guard's as an expression.
func sessionValue(name string) front.Expr {
	if fn, ok := strings.CutSuffix(name, "()"); ok {
		return front.Expr{Kind: front.Func, Name: fn}
	}
	name = strings.TrimPrefix(name, "@@")
	scope, rest, ok := strings.Cut(name, ".")
	if !ok {
		return front.Expr{Kind: front.SysVar, Name: name}
	}
	return front.Expr{Kind: front.SysVar, Scope: scope, Name: rest}
}

// ownShape describes a value where the backend cannot.
func ownShape(v askwire.Value) wire.Column {
	if v.Kind != askwire.Int {
		return wire.TextColumn("")
	}
	c := wire.IntColumn("")
	if len(v.Text) > 18 && v.Text[0] != '-' {
		c.Flags |= wire.UNSIGNED_FLAG
	}
	return c
}

// valueShape is how the backend describes a value, with the value that it has itself: nil is NULL.
func (s *session) valueShape(e front.Expr, v askwire.Value) (c wire.Column, value *string, ok bool) {
	d := s.valueDescribed(e, v, run)
	if len(d.Columns) != 1 || len(d.First.Rows) != 1 {
		return c, nil, false
	}
	c = d.Columns[0]
	if m := s.manner(); m != run {
		if d := s.valueDescribed(e, v, m); len(d.Columns) == 1 {
			c = d.Columns[0]
		}
	}
	return c, d.First.Rows[0][0], true
}

func (s *session) valueDescribed(e front.Expr, v askwire.Value, m manner) shape {
	what := s.valueName(e, v)
	if what == "" {
		return s.literalShape(e, m)
	}
	statements, known := guard.ControlValue(what)
	if !known {
		return shape{}
	}
	return s.keptShape(what, m, statements...)
}

// valueName is the value as the guard's list has it; "" is a literal.
func (s *session) valueName(e front.Expr, v askwire.Value) string {
	switch e.Kind {
	case front.SysVar:
		if e.Scope != "" {
			return "@@" + e.Scope + "." + e.Name
		}
		return "@@" + e.Name
	case front.Func:
		return e.Name + "()"
	case front.UserVar:
		if _, set := s.vars.user[e.Name]; !set {
			return "@unset"
		}
		return map[askwire.ValueKind]string{askwire.Null: "@null", askwire.Int: "@int", askwire.Decimal: "@decimal", askwire.Float: "@float", askwire.String: "@string"}[v.Kind]
	}
	return ""
}

// literalShape asks about a literal beside the values, as the gate lets it through. There are too many to keep.
func (s *session) literalShape(e front.Expr, m manner) shape {
	text := e.Name
	switch e.Kind {
	case front.Text:
		text = front.QuoteText(e.Name, lex.Mode{})
	case front.NullLit:
		text = "NULL"
	}
	gate := guard.Gate{Policy: s.b.Policy}
	st, err := gate.Check("SELECT " + text)
	if err != nil || s.b.Backend == nil || s.server().Family == askwire.Embedded {
		return shape{}
	}
	d, err := s.askShape(m, nil, st)
	s.log("a literal is described by askwire", err)
	return d
}

// numeric reports whether a column's values are numbers in the binary protocol.
func numeric(t wire.Type) bool {
	switch t {
	case wire.MYSQL_TYPE_TINY, wire.MYSQL_TYPE_SHORT, wire.MYSQL_TYPE_INT24, wire.MYSQL_TYPE_LONG, wire.MYSQL_TYPE_LONGLONG, wire.MYSQL_TYPE_FLOAT,
		wire.MYSQL_TYPE_DOUBLE, wire.MYSQL_TYPE_NEWDECIMAL, wire.MYSQL_TYPE_YEAR:
		return true
	}
	return false
}

// lengthened is the length of a text column for another value than the backend's own, where the length follows the value.
func lengthened(length uint32, backend *string, own string) uint32 {
	if backend == nil {
		return length
	}
	n := uint32(utf8.RuneCountInString(*backend))
	if n == 0 || length%n != 0 || length/n > 4 {
		return length
	}
	return length / n * uint32(utf8.RuneCountInString(strings.ToValidUTF8(own, "?")))
}
