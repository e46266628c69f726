package guard

import (
	_ "embed"
	"sort"
	"strings"

	"github.com/askwire/askwire"
)

//go:embed metadata.txt
var metadataList string

// hiddenMeta replaces columns whose text may name what the profile does not show.
var hiddenMeta = map[string]string{
	"VIEWS.VIEW_DEFINITION": "''", "VIEWS.DEFINER": "''", "COLUMNS.GENERATION_EXPRESSION": "''", "COLUMNS.PRIVILEGES": "'select'",
	"STATISTICS.EXPRESSION": "NULL",
}

// countedMeta tells how much is in a table, hidden rows included: NULL for tables with a row policy. What tells of the values, their
// lengths and how many of them are equal, is NULL for tables with denied or masked columns as well.
var countedMeta = map[string]countedKind{
	"TABLES.TABLE_ROWS": tellsRows, "TABLES.AVG_ROW_LENGTH": tellsValues, "TABLES.DATA_LENGTH": tellsValues, "TABLES.INDEX_LENGTH": tellsValues,
	"TABLES.DATA_FREE": tellsValues, "TABLES.AUTO_INCREMENT": tellsRows, "TABLES.UPDATE_TIME": tellsRows, "TABLES.CHECKSUM": tellsValues,
	"STATISTICS.CARDINALITY": tellsValues,
}

type countedKind uint8

const (
	tellsNothing countedKind = iota
	tellsRows
	tellsValues
)

// metadata builds the rules of information_schema for this policy. Only a policy's own names go into their texts.
func (b *builder) metadata() map[string]*tableRule {
	m := &metaBuilder{b: b, counted: map[countedKind]map[[2]string]bool{tellsRows: {}, tellsValues: {}}, named: map[*tableRule][]string{}}
	m.collect()
	out := map[string]*tableRule{}
	for _, line := range strings.Split(metadataList, "\n") {
		f := strings.Fields(line)
		if len(f) < 3 || f[0] == "#" {
			continue
		}
		if r := m.rule(f[0], f[1], f[2:]); len(r.cols) > 0 {
			out[strings.ToLower(f[1])] = r
		}
	}
	return out
}

type metaBuilder struct {
	b        *builder
	schemas  []string
	tables   map[string][]string                // schema → tables
	partial  []*tableRule                       // tables with denied columns
	named    map[*tableRule][]string            // of tables with denied columns: indexes and foreign keys without any
	defaults []hiddenDefaults                   // columns whose default tells what the policy hides
	counted  map[countedKind]map[[2]string]bool // tables of which countedMeta is NULL
	keys     []string                           // names of visible foreign keys
}

func (m *metaBuilder) collect() {
	m.tables = map[string][]string{}
	for _, t := range m.b.policy.scope.Tables { // sorted
		rule := m.b.policy.table(t.DB, t.Name)
		if len(m.tables[t.DB]) == 0 {
			m.schemas = append(m.schemas, t.DB)
		}
		m.tables[t.DB] = append(m.tables[t.DB], t.Name)
		if len(rule.denied) > 0 {
			m.partial = append(m.partial, rule)
			m.named[rule] = keyNames(t)
		}
		if cols := hiddenDefaultsOf(t, rule); len(cols) > 0 {
			m.defaults = append(m.defaults, hiddenDefaults{rule, cols})
		}
		if rule.rows != nil {
			m.counted[tellsRows][[2]string{t.DB, t.Name}] = true
		}
		if rule.wrap {
			m.counted[tellsValues][[2]string{t.DB, t.Name}] = true
		}
		for _, fk := range t.ForeignKeys {
			m.keys = append(m.keys, fk.Name)
		}
	}
	sort.Strings(m.schemas)
}

// keyNames are the names of a reduced table's keys. The name of any other key may tell a denied column.
func keyNames(t *askwire.Table) []string {
	out := []string{"PRIMARY"}
	for _, ix := range t.Indexes {
		out = append(out, ix.Name)
	}
	for _, fk := range t.ForeignKeys {
		out = append(out, fk.Name)
	}
	return out
}

type hiddenDefaults struct {
	rule *tableRule
	cols []string
}

// hiddenDefaultsOf lists the masked columns, and those whose default is made of a denied column.
func hiddenDefaultsOf(t *askwire.Table, rule *tableRule) []string {
	var out []string
	for i, c := range t.Columns { // as many as the rule has
		hide := rule.cols[i].mask != nil
		for name := range rule.denied {
			hide = hide || c.Default != nil && strings.Contains(strings.ToLower(*c.Default), name)
		}
		if hide {
			out = append(out, c.Name)
		}
	}
	return out
}

func (m *metaBuilder) rule(kind, name string, columns []string) *tableRule {
	r := &tableRule{estimate: leastRows, db: metadataSchema, name: name, id: metadataSchema + "." + name, denied: map[string]bool{},
		narrow: m.b.policy.server.Family == askwire.MySQL}
	letter := map[askwire.Family]string{askwire.MySQL: "m", askwire.MariaDB: "a", askwire.TiDB: "t", askwire.Embedded: "e"}[m.b.policy.server.Family]
	for _, c := range columns {
		col, engines, some := strings.Cut(strings.TrimSuffix(c, "]"), "[")
		if some && !strings.Contains(engines, letter) {
			continue
		}
		rule := columnRule{name: col, low: strings.ToLower(col), ref: askwire.ColumnRef{DB: r.db, Table: name, Column: col}}
		if kind != "empty" {
			rule.expr = m.replacement(name, col)
		}
		if strings.HasSuffix(col, "_NAME") || strings.HasSuffix(col, "_SCHEMA") || strings.HasSuffix(col, "_TYPE") {
			rule.class = textType
		}
		r.cols = append(r.cols, rule)
	}
	r.index()
	if kind != "global" {
		r.wrap, r.barrier = true, kind != "empty"
		r.filter = &fragment{text: m.filter(kind)}
	}
	return r
}

// replacement is the expression that stands for a column's value, or nil.
func (m *metaBuilder) replacement(table, col string) *fragment {
	name := table + "." + col
	if text, ok := hiddenMeta[name]; ok {
		return &fragment{text: text}
	}
	if tables := m.counted[countedMeta[name]]; len(tables) > 0 {
		return &fragment{text: "CASE WHEN " + m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", tables) + " THEN NULL ELSE `" + col + "` END"}
	}
	if name == "COLUMNS.COLUMN_DEFAULT" && len(m.defaults) > 0 {
		var parts []string
		for _, d := range m.defaults {
			parts = append(parts, m.columnsOf(d.rule, "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", d.cols))
		}
		return &fragment{text: "CASE WHEN " + strings.Join(parts, " OR ") + " THEN NULL ELSE `COLUMN_DEFAULT` END"}
	}
	return nil
}

// filter is the condition that reduces the table's rows. Its text is in the form in which the printer prints it.
func (m *metaBuilder) filter(kind string) string {
	const nothing = "1 = 0"
	if kind == "empty" || len(m.schemas) == 0 {
		return nothing
	}
	switch kind {
	case "schema":
		return m.in("SCHEMA_NAME", append([]string{metadataSchema}, m.schemas...))
	case "table":
		return m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", nil)
	case "column":
		return m.columnFilter("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "")
	case "index":
		return m.columnFilter("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "INDEX_NAME")
	case "keys":
		return "(" + m.columnFilter("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "CONSTRAINT_NAME") + ") AND (`REFERENCED_TABLE_NAME` IS NULL OR " +
			m.columnFilter("REFERENCED_TABLE_SCHEMA", "REFERENCED_TABLE_NAME", "REFERENCED_COLUMN_NAME", "") + ")"
	case "constraints": // no CHECK: its name may tell a column, and its text is not shown anyway
		own := "`CONSTRAINT_TYPE` IN ('PRIMARY KEY', 'UNIQUE')"
		if len(m.keys) > 0 {
			own = "(" + own + " OR `CONSTRAINT_TYPE` = 'FOREIGN KEY' AND `CONSTRAINT_NAME` IN (" + quoted(m.keys) + "))"
		}
		for _, t := range m.partial {
			own += " AND NOT (" + m.is("TABLE_SCHEMA", t.db) + " AND " + m.is("TABLE_NAME", t.name) + " AND NOT `CONSTRAINT_NAME` IN (" + quoted(m.named[t]) + "))"
		}
		return "(" + m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", nil) + ") AND " + own
	case "references":
		return "(" + m.tableFilter("CONSTRAINT_SCHEMA", "TABLE_NAME", nil) + ") AND (" +
			m.tableFilter("UNIQUE_CONSTRAINT_SCHEMA", "REFERENCED_TABLE_NAME", nil) + ")"
	default:
		return nothing
	}
}

// tableFilter is true for the tables in scope, or for those of only.
func (m *metaBuilder) tableFilter(schema, table string, only map[[2]string]bool) string {
	var parts []string
	for _, s := range m.schemas {
		var names []string
		for _, n := range m.tables[s] {
			if only == nil || only[[2]string{s, n}] {
				names = append(names, n)
			}
		}
		if len(names) > 0 {
			parts = append(parts, m.namesOf(schema, table, s, names))
		}
	}
	return strings.Join(parts, " OR ")
}

// namesOf is true for some tables of a database.
func (m *metaBuilder) namesOf(schema, table, db string, names []string) string {
	return "(" + m.is(schema, db) + " AND " + m.in(table, names) + ")"
}

// is compares a name. The collation of MariaDB's information_schema takes café, Cafe and cafe for one, which are three
// tables; there, bytes are compared as well, and the plain comparison stays for the look-up.
func (m *metaBuilder) is(column, name string) string {
	plain := "`" + column + "` = " + quoted([]string{name})
	if m.b.policy.server.Family != askwire.MariaDB {
		return plain
	}
	return plain + " AND CAST(`" + column + "` AS BINARY) = " + quoted([]string{name})
}

// in is is for several names.
func (m *metaBuilder) in(column string, names []string) string {
	if m.b.policy.server.Family != askwire.MariaDB {
		return "`" + column + "` IN (" + quoted(names) + ")"
	}
	return "CAST(`" + column + "` AS BINARY) IN (" + quoted(names) + ")"
}

// columnFilter is true for the columns in scope, and where key is not "", only for keys that may be named.
func (m *metaBuilder) columnFilter(schema, table, column, key string) string {
	partial := map[[2]string]bool{}
	for _, t := range m.partial {
		partial[[2]string{t.db, t.name}] = true
	}
	whole := map[[2]string]bool{}
	for s, names := range m.tables {
		for _, n := range names {
			if k := [2]string{s, n}; !partial[k] {
				whole[k] = true
			}
		}
	}
	var parts []string
	if text := m.tableFilter(schema, table, whole); text != "" {
		parts = append(parts, text)
	}
	for _, t := range m.partial {
		var cols []string
		for i := range t.cols {
			cols = append(cols, t.cols[i].name)
		}
		text := m.columnsOf(t, schema, table, column, cols)
		if key != "" {
			text = "(" + text + " AND `" + key + "` IN (" + quoted(m.named[t]) + "))"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " OR ")
}

// columnsOf is true for some columns of a table. A table has no two whose names the server takes for one.
func (m *metaBuilder) columnsOf(t *tableRule, schema, table, column string, cols []string) string {
	return "(" + m.is(schema, t.db) + " AND " + m.is(table, t.name) + " AND `" + column + "` IN (" + quoted(cols) + "))"
}

func quoted(names []string) string {
	var b []byte
	for i, n := range names {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendString(b, n)
	}
	return string(b)
}
