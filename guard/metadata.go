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

// countedMeta tells how much is in a table, hidden rows included: NULL for tables with a row policy.
var countedMeta = map[string]bool{
	"TABLES.TABLE_ROWS": true, "TABLES.AVG_ROW_LENGTH": true, "TABLES.DATA_LENGTH": true, "TABLES.INDEX_LENGTH": true,
	"TABLES.DATA_FREE": true, "TABLES.AUTO_INCREMENT": true, "TABLES.UPDATE_TIME": true, "TABLES.CHECKSUM": true,
	"STATISTICS.CARDINALITY": true,
}

// metadata builds the rules of information_schema for this policy. Only a policy's own names go into their texts.
func (b *builder) metadata() map[string]*tableRule {
	m := &metaBuilder{b: b, policied: map[[2]string]bool{}}
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
	tables   map[string][]string // schema → tables
	partial  []*tableRule        // tables with denied columns
	masked   []*tableRule        // tables with masked columns
	policied map[[2]string]bool  // tables with a row policy
	keys     []string            // names of visible foreign keys
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
		}
		for i := range rule.cols {
			if rule.cols[i].mask != nil {
				m.masked = append(m.masked, rule)
				break
			}
		}
		if rule.rows != nil {
			m.policied[[2]string{t.DB, t.Name}] = true
		}
		for _, fk := range t.ForeignKeys {
			m.keys = append(m.keys, fk.Name)
		}
	}
	sort.Strings(m.schemas)
}

func (m *metaBuilder) rule(kind, name string, columns []string) *tableRule {
	r := &tableRule{db: "information_schema", name: name, id: "information_schema." + name, denied: map[string]bool{}}
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
	if countedMeta[name] && len(m.policied) > 0 {
		return &fragment{text: "CASE WHEN " + m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", m.policied) + " THEN NULL ELSE `" + col + "` END"}
	}
	if name == "COLUMNS.COLUMN_DEFAULT" && len(m.masked) > 0 {
		var parts []string
		for _, t := range m.masked {
			var cols []string
			for i := range t.cols {
				if t.cols[i].mask != nil {
					cols = append(cols, t.cols[i].name)
				}
			}
			parts = append(parts, columnsOf(t, "TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", cols))
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
		return "`SCHEMA_NAME` IN (" + quoted(append([]string{"information_schema"}, m.schemas...)) + ")"
	case "table":
		return m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", nil)
	case "column":
		return m.columnFilter("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME")
	case "keys":
		return "(" + m.columnFilter("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME") + ") AND (`REFERENCED_TABLE_NAME` IS NULL OR " +
			m.columnFilter("REFERENCED_TABLE_SCHEMA", "REFERENCED_TABLE_NAME", "REFERENCED_COLUMN_NAME") + ")"
	case "constraints":
		own := "`CONSTRAINT_TYPE` != 'FOREIGN KEY'"
		if len(m.keys) > 0 {
			own += " OR `CONSTRAINT_NAME` IN (" + quoted(m.keys) + ")"
		}
		return "(" + m.tableFilter("TABLE_SCHEMA", "TABLE_NAME", nil) + ") AND (" + own + ")"
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

// namesOf compares names. Where the server tells table names apart by case, information_schema's own collation does not.
func (m *metaBuilder) namesOf(schema, table, db string, names []string) string {
	col := "`" + table + "`"
	if m.b.policy.server.LowerCase == 0 && m.b.twins(db, names) {
		col = "CAST(" + col + " AS BINARY)"
	}
	return "(`" + schema + "` = " + quoted([]string{db}) + " AND " + col + " IN (" + quoted(names) + "))"
}

// twins reports whether the database has tables whose names differ from one of names by case alone.
func (b *builder) twins(db string, names []string) bool {
	low := map[string]string{}
	for _, n := range names {
		low[strings.ToLower(n)] = n
	}
	for _, t := range b.snap.Tables {
		if n, ok := low[strings.ToLower(t.Name)]; ok && n != t.Name && strings.EqualFold(t.DB, db) {
			return true
		}
	}
	return false
}

// columnFilter is true for the columns in scope.
func (m *metaBuilder) columnFilter(schema, table, column string) string {
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
		parts = append(parts, columnsOf(t, schema, table, column, cols))
	}
	return strings.Join(parts, " OR ")
}

func columnsOf(t *tableRule, schema, table, column string, cols []string) string {
	return "(`" + schema + "` = " + quoted([]string{t.db}) + " AND `" + table + "` = " + quoted([]string{t.name}) +
		" AND `" + column + "` IN (" + quoted(cols) + "))"
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
