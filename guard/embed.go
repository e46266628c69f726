package guard

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/askwire/askwire"

	"github.com/pingcap/tidb/pkg/parser/ast"
)

// Embed returns a SELECT in the form in which it can stand as a sub-select of another statement, with the names of its columns.
//
// The SELECT must pass the gate by itself. Its text is printed from the tree: tables with their database, stars
// expanded to the visible columns, every column under a name of its own, in the default sql_mode, on one line, without comments and without
// policies. So row policies, masks and the row limit are applied once, when the whole statement is checked, and nothing in the
// text can reach out of its brackets. The text is no Statement: it cannot be sent.
//
// prepared admits markers; markers are then the numbers, from 0, of those of the SELECT in the order of the text.
func (g Gate) Embed(sql string, prepared bool) (text string, columns []string, markers []int, err error) {
	defer func() {
		if r := recover(); r != nil {
			text, columns, markers = "", nil, nil
			err = errNotStable().Wrap(fmt.Errorf("guard panic: %v", r))
		}
	}()
	check := g.Check
	if prepared {
		check = g.Prepare
	}
	if _, err := check(sql); err != nil {
		return "", nil, nil, err
	}
	c := &checker{p: g.Policy, s: &g.Session, src: sql, embed: true, prepared: prepared}
	stmt, err := c.walk()
	if err != nil {
		return "", nil, nil, err
	}
	columns = c.distinctNames(stmt)
	p := printer{out: make([]byte, 0, 2*len(sql)+256), extra: c.p.functions, embed: true}
	p.query(stmt)
	if p.err != nil {
		return "", nil, nil, p.err
	}
	if text, err = c.fill(&p, true); err != nil {
		return "", nil, nil, err
	}
	if markers, err = markerOrder(p.markers, c.params); err != nil {
		return "", nil, nil, err
	}
	if markers == nil { // they stand as they did
		markers = make([]int, c.params)
		for i := range markers {
			markers[i] = i
		}
	}
	return text, columns, markers, fixpoint(text, c.p.functions)
}

// distinctNames gives every column of the result a name that no other has, as a derived table needs it, and returns the names.
func (c *checker) distinctNames(stmt ast.StmtNode) []string {
	first := firstSelect(stmt)
	taken := make(map[string]bool, len(c.outputs.cols))
	for _, col := range c.outputs.cols {
		taken[col.low] = true
	}
	names := make([]string, len(c.outputs.cols))
	used := make(map[string]bool, len(names))
	for i, col := range c.outputs.cols {
		names[i] = col.name
		for n := 2; used[strings.ToLower(names[i])] || names[i] != col.name && taken[strings.ToLower(names[i])]; n++ {
			names[i] = col.name + "_" + itoa(int64(n))
		}
		used[strings.ToLower(names[i])] = true
		if names[i] != col.name && first != nil {
			first.Fields.Fields[i].AsName = ast.CIStr{O: names[i], L: strings.ToLower(names[i])}
		}
	}
	return names
}

// firstSelect is the SELECT that names the columns of a query.
func firstSelect(n ast.Node) *ast.SelectStmt {
	for {
		switch q := n.(type) {
		case *ast.SelectStmt:
			return q
		case *ast.SetOprStmt:
			n = q.SelectList
		case *ast.SetOprSelectList:
			n = q.Selects[0] // the walk has refused empty ones
		default:
			return nil
		}
	}
}

// Rows are rows that information_schema shows beside those of the backend: of tables that only the proxy knows. They are immutable.
type Rows struct {
	key    string
	tables map[string][]map[string]askwire.Value
}

// NewRows takes the rows of tables of information_schema by upper-case name; a row is its values by upper-case name of the
// column, NULL where there is none. The key tells rows apart: equal keys, equal rows. Verdicts on
// statements with rows without a key are not kept.
func NewRows(key string, tables map[string][]map[string]askwire.Value) *Rows {
	return &Rows{key: key, tables: tables}
}

// of returns the rows for a source, nil without any.
func (r *Rows) of(t *tableRule) []map[string]askwire.Value {
	if r == nil || t.db != "information_schema" && !t.virtual {
		return nil
	}
	return r.tables[strings.ToUpper(t.name)]
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// united prints the rows behind the sub-select of their table, in whose columns they stand.
func (p *printer) united(s *source, rows []map[string]askwire.Value) {
	for _, row := range rows {
		p.str(" UNION ALL SELECT ")
		n := 0
		for i := range s.table.cols {
			if !s.used[i] {
				continue
			}
			if n > 0 {
				p.str(", ")
			}
			n++
			l, err := valueLiteral(row[strings.ToUpper(s.table.cols[i].name)])
			if err != nil {
				p.fail("A value of this kind")
				return
			}
			if l.kind == intLiteral && s.table.db == "information_schema" { // else a UNION with an unsigned column is a DECIMAL
				p.str("CAST(" + l.text + " AS UNSIGNED)")
				continue
			}
			if l.kind == stringLiteral && s.table.narrow && ascii(l.text) {
				p.str("_ascii") // else a UNION with a column of utf8mb3 is utf8mb4, and COLLATE utf8mb3_general_ci on it an error
			}
			p.out = appendValue(p.out, l)
		}
		if n == 0 {
			p.str("1")
		}
	}
}
