package front

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/askwire/askwire/guard/lex"
)

// Assigned is a SELECT that keeps values in user variables from one column to the next, as MariaDB's ODBC driver lists columns:
//
//	SELECT CASE DATA_TYPE WHEN 'int' THEN @t := 4 ELSE @t := 12 END AS a, IF(@t = 4, 10, NULL) AS b FROM …
//
// SQL is the same statement without variables: each use of one is replaced by the expression that it stands for there. What the
// variables hold afterwards nobody knows.
type Assigned struct {
	SQL   string
	Names []string // of the variables, lower case
	Store bool     // as in Plain
}

func (*Assigned) command() {}

const (
	maxAssignedDepth = 40
	maxAssignedText  = 64 << 10 // bytes, as much as the guard reads
)

// pureCalls are what may be called beside variables: the same arguments give the same value, however often it is worked out.
var pureCalls = map[string]bool{"IF": true, "IFNULL": true, "NULLIF": true, "COALESCE": true, "CAST": true, "CONCAT": true, "UPPER": true, "LOWER": true,
	"LENGTH": true, "CHAR_LENGTH": true, "SUBSTRING": true, "LEFT": true, "RIGHT": true, "REPLACE": true, "TRIM": true, "LOCATE": true, "INSTR": true,
	"GREATEST": true, "LEAST": true, "ROUND": true, "FLOOR": true, "CEIL": true, "CEILING": true, "ABS": true, "MOD": true, "IN": true,
	"THEN": true, "WHEN": true, "ELSE": true, "CASE": true, "AND": true, "OR": true, "NOT": true, "AS": true, "BETWEEN": true, "LIKE": true,
	"DECIMAL": true, "CHAR": true}

// assigning is the state of one rewriting. Variables are worked out in the order in which a server does: column by column, and in
// a CASE or an IF by branches.
type assigning struct {
	text  string
	mode  lex.Mode
	toks  []lex.Token
	pair  []int             // of "(" and CASE: the index of ")" and END
	names map[string]bool   // that the statement assigns to
	env   map[string]string // what each holds at this point; a variable that may hold what it held before is not in it
	depth int
}

// parseAssigned is nil for a statement that does not assign, or does so in a way that is not followed: that is the guard's to refuse.
func parseAssigned(c cursor) *Assigned {
	if !c.word("SELECT") || len(c.text) > maxAssignedText {
		return nil
	}
	a := &assigning{text: c.text, mode: c.mode, names: map[string]bool{}, env: map[string]string{}}
	for ; c.tok.Kind != lex.EOF; c.next() {
		if c.tok.Kind == lex.Bad || c.tok.Kind == lex.ExecComment || c.tok.Kind == lex.Param {
			return nil
		}
		a.toks = append(a.toks, c.tok)
	}
	from, ok := a.scan()
	if !ok || len(a.names) == 0 {
		return nil
	}
	var columns []string
	for i := 1; i < from; {
		end := a.next(i, from, ",")
		column, ok := a.column(i, end)
		if !ok {
			return nil
		}
		columns = append(columns, column)
		i = end + 1
	}
	sql := "SELECT " + strings.Join(columns, ", ")
	if from < len(a.toks) {
		sql += " " + a.text[a.toks[from].Pos:]
	}
	if len(sql) > maxAssignedText {
		return nil
	}
	return &Assigned{SQL: sql, Names: slices.Sorted(maps.Keys(a.names))}
}

// scan pairs brackets, finds the variables and the end of the select list, and refuses what would make it a question which rows a
// variable has seen.
func (a *assigning) scan() (from int, ok bool) {
	a.pair = make([]int, len(a.toks))
	var open []int
	from = -1
	for i := range a.toks {
		switch {
		case a.is(i, "(") || a.word(i, "CASE"):
			open = append(open, i)
		case a.is(i, ")") || a.word(i, "END"):
			if len(open) == 0 || a.is(open[len(open)-1], "(") != a.is(i, ")") {
				return 0, false
			}
			a.pair[open[len(open)-1]] = i
			open = open[:len(open)-1]
		case a.word(i, "SELECT") && i > 0, len(open) == 0 && a.oneOf(i, "UNION", "EXCEPT", "INTERSECT", "GROUP", "HAVING", "WINDOW", "INTO", "DISTINCT"):
			return 0, false
		case len(open) == 0 && from < 0 && (a.word(i, "FROM") || a.is(i, ";")):
			from = i
		case a.is(i, ":="):
			if from >= 0 || a.toks[i-1].Kind != lex.UserVar {
				return 0, false
			}
			a.names[a.variable(i-1)] = true
		}
	}
	if from < 0 {
		from = len(a.toks)
	}
	for i := from; i < len(a.toks); i++ {
		if a.toks[i].Kind == lex.UserVar && a.names[a.variable(i)] {
			return 0, false
		}
	}
	return from, len(open) == 0
}

// column rewrites one column of the select list. Without an alias it keeps its heading.
func (a *assigning) column(i, j int) (string, bool) {
	if !slices.ContainsFunc(a.toks[i:j], func(t lex.Token) bool { return t.Kind == lex.UserVar }) {
		return a.src(i, j), i < j
	}
	for k := i; k < j; k++ {
		if a.toks[k].Kind == lex.Ident && k+1 < j && a.is(k+1, "(") && !pureCalls[strings.ToUpper(a.src(k, k+1))] {
			return "", false
		}
	}
	end, alias := j, ""
	switch {
	case j-i > 2 && a.word(j-2, "AS"):
		end, alias = j-2, a.src(j-1, j)
	case j-i > 1 && (a.toks[j-1].Kind == lex.Ident || a.toks[j-1].Kind == lex.QuotedIdent) && !a.word(j-1, "END") &&
		(a.is(j-2, ")") || a.word(j-2, "END") || a.toks[j-2].Kind == lex.UserVar || a.toks[j-2].Kind == lex.Number || a.toks[j-2].Kind == lex.String):
		end, alias = j-1, a.src(j-1, j)
	default:
		heading := a.src(i, j)
		if utf8.RuneCountInString(heading) > maxAlias {
			return "", false
		}
		alias = QuoteName(heading)
	}
	value, ok := a.value(i, end)
	return value + " AS " + alias, ok
}

// value is an expression without variables. Assignments in it are carried out.
func (a *assigning) value(i, j int) (string, bool) {
	if a.depth++; a.depth > maxAssignedDepth || i >= j {
		return "", false
	}
	defer func() { a.depth-- }()
	switch {
	case i+1 < j && a.is(i+1, ":="):
		v, ok := a.value(i+2, j)
		a.env[a.variable(i)] = v
		return v, ok
	case a.word(i, "CASE") && a.pair[i] == j-1:
		return a.branches(i+1, j-1)
	case i+1 < j && a.is(i+1, "(") && a.pair[i+1] == j-1 && a.word(i, "IF"):
		return a.condition(i+2, j-1)
	case i+1 < j && a.is(i+1, "(") && a.pair[i+1] == j-1 && a.word(i, "CAST"):
		as := a.next(i+2, j-1, "AS")
		v, ok := a.value(i+2, as)
		return "CAST(" + v + " " + a.src(as, j), ok && as < j-1
	case a.is(i, "(") && a.pair[i] == j-1:
		v, ok := a.value(i+1, j-1)
		return "(" + v + ")", ok
	}
	return a.plain(i, j)
}

// plain is an expression that reads variables and assigns none.
func (a *assigning) plain(i, j int) (string, bool) {
	var b strings.Builder
	at := a.toks[i].Pos
	for k := i; k < j; k++ {
		switch {
		case a.is(k, ":="):
			return "", false
		case a.toks[k].Kind == lex.UserVar:
			name := a.variable(k)
			v, known := a.env[name]
			if !known {
				return "", false
			}
			b.WriteString(a.text[at:a.toks[k].Pos] + "(" + v + ")")
			at = a.toks[k].End
			if b.Len() > maxAssignedText {
				return "", false
			}
		}
	}
	b.WriteString(a.text[at:a.toks[j-1].End])
	return b.String(), true
}

// condition is what stands in the brackets of IF.
func (a *assigning) condition(i, j int) (string, bool) {
	first := a.next(i, j, ",")
	second := a.next(min(first+1, j), j, ",")
	if i >= first || second >= j {
		return "", false
	}
	when, ok := a.plain(i, first)
	if !ok {
		return "", false
	}
	return a.choose(func(values []string) string { return "IF(" + when + ", " + values[0] + ", " + values[1] + ")" }, [2]int{first + 1, second}, [2]int{second + 1, j})
}

// branches is what stands between CASE and END.
func (a *assigning) branches(i, j int) (string, bool) {
	var heads []string // what stands before each value
	var values [][2]int
	head := "CASE "
	if when := a.next(i, j, "WHEN"); when > i {
		of, ok := a.plain(i, when)
		if !ok {
			return "", false
		}
		head, i = head+of+" ", when
	}
	for i < j && a.word(i, "WHEN") {
		then := a.next(i, j, "THEN")
		if then >= j || then == i+1 {
			return "", false
		}
		when, ok := a.plain(i+1, then)
		if !ok {
			return "", false
		}
		end := a.next(then, j, "WHEN", "ELSE")
		heads, values = append(heads, head+"WHEN "+when+" THEN "), append(values, [2]int{then + 1, end})
		head, i = " ", end
	}
	if i >= j || !a.word(i, "ELSE") || len(values) == 0 {
		return "", false // without ELSE a variable may keep what it held
	}
	heads, values = append(heads, " ELSE "), append(values, [2]int{i + 1, j})
	return a.choose(func(values []string) string {
		var b strings.Builder
		for k, v := range values {
			b.WriteString(heads[k] + v)
		}
		return b.String() + " END"
	}, values...)
}

// choose joins branches: their values, and what each of them leaves in the variables.
func (a *assigning) choose(join func([]string) string, branches ...[2]int) (string, bool) {
	before := a.env
	texts, after := make([]string, len(branches)), make([]map[string]string, len(branches))
	for k, r := range branches {
		a.env = maps.Clone(before)
		var ok bool
		if texts[k], ok = a.value(r[0], r[1]); !ok {
			return "", false
		}
		after[k] = a.env
	}
	a.env = maps.Clone(before)
	for name := range a.names {
		left, whole, same := make([]string, len(branches)), true, true
		for k := range branches {
			v, ok := after[k][name]
			left[k], whole = v, whole && ok
			old, had := before[name]
			same = same && had == ok && v == old
		}
		switch {
		case same:
		case whole:
			a.env[name] = join(left)
		default:
			delete(a.env, name)
		}
		if len(a.env[name]) > maxAssignedText {
			return "", false
		}
	}
	out := join(texts)
	return out, len(out) <= maxAssignedText
}

// next is the first of the words or signs from i on, outside of brackets; j where there is none.
func (a *assigning) next(i, j int, marks ...string) int {
	for ; i < j; i++ {
		for _, m := range marks {
			if a.is(i, m) || a.word(i, m) {
				return i
			}
		}
		if a.pair[i] > i {
			i = a.pair[i]
		}
	}
	return j
}

func (a *assigning) src(i, j int) string {
	if i >= j {
		return ""
	}
	return a.text[a.toks[i].Pos:a.toks[j-1].End]
}

func (a *assigning) is(i int, p string) bool {
	return a.toks[i].Kind == lex.Punct && a.src(i, i+1) == p
}

func (a *assigning) word(i int, w string) bool {
	return a.toks[i].Kind == lex.Ident && strings.EqualFold(a.src(i, i+1), w)
}

func (a *assigning) oneOf(i int, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return a.word(i, w) })
}

// variable is the name of the user variable here.
func (a *assigning) variable(i int) string {
	return strings.ToLower(lex.Unquote(strings.TrimPrefix(a.src(i, i+1), "@"), a.mode))
}
