package front

import (
	"fmt"
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard/lex"
)

// CreateTableText is what SHOW CREATE TABLE prints: the table as the caller's scope shows it. Columns out of scope are not in
// t, and a key or reference with one of them is left out. Servers word columns in their own ways.
func CreateTableText(t *askwire.Table, server askwire.Family) string {
	var lines []string
	for i := range t.Columns {
		lines = append(lines, "  "+columnText(&t.Columns[i], t, server))
	}
	all := func(names []string) (string, bool) {
		quoted := make([]string, len(names))
		for i, n := range names {
			if _, ok := t.Column(n); !ok {
				return "", false
			}
			quoted[i] = QuoteName(n)
		}
		return strings.Join(quoted, ","), len(names) > 0
	}
	if cols, ok := all(t.PrimaryKey); ok {
		lines = append(lines, "  PRIMARY KEY ("+cols+")")
	}
	indexes := slices.Clone(t.Indexes)
	slices.SortStableFunc(indexes, func(a, b askwire.Index) int { // as servers keep them: unique ones first
		switch {
		case a.Unique == b.Unique:
			return 0
		case a.Unique:
			return -1
		}
		return 1
	})
	for _, ix := range indexes {
		cols, ok := all(ix.Columns)
		if !ok || strings.EqualFold(ix.Name, "PRIMARY") {
			continue
		}
		word := "KEY"
		if ix.Unique {
			word = "UNIQUE KEY"
		}
		lines = append(lines, fmt.Sprintf("  %s %s (%s)", word, QuoteName(ix.Name), cols))
	}
	for _, fk := range t.ForeignKeys {
		cols, ok := all(fk.Columns)
		if !ok {
			continue
		}
		ref := QuoteName(fk.RefTable)
		if fk.RefDB != "" && fk.RefDB != t.DB {
			ref = QuoteName(fk.RefDB) + "." + ref
		}
		refCols := make([]string, len(fk.RefColumns))
		for i, n := range fk.RefColumns {
			refCols[i] = QuoteName(n)
		}
		lines = append(lines, fmt.Sprintf("  CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)", QuoteName(fk.Name), cols, ref, strings.Join(refCols, ",")))
	}
	out := "CREATE TABLE " + QuoteName(t.Name) + " (\n" + strings.Join(lines, ",\n") + "\n)"
	if t.Engine != "" {
		out += " ENGINE=" + t.Engine
	}
	if t.Collation != "" {
		charset, _, _ := strings.Cut(t.Collation, "_")
		out += " DEFAULT CHARSET=" + charset + " COLLATE=" + t.Collation
	}
	if t.Comment != "" {
		out += " COMMENT=" + QuoteText(t.Comment, lex.Mode{})
	}
	return out
}

func columnText(c *askwire.Column, t *askwire.Table, server askwire.Family) string {
	out := QuoteName(c.Name) + " " + c.Type
	if c.Collation != "" && t.Collation != "" && c.Collation != t.Collation {
		charset, _, _ := strings.Cut(c.Collation, "_")
		out += " CHARACTER SET " + charset + " COLLATE " + c.Collation
	}
	switch {
	case !c.Nullable:
		out += " NOT NULL"
	case c.DataType == "timestamp": // was NOT NULL unless it said so
		out += " NULL"
	}
	if c.Default != nil {
		out += " DEFAULT " + defaultText(c, server)
	} else if c.Nullable && !(server == askwire.MySQL && withoutDefault[c.DataType]) {
		out += " DEFAULT NULL"
	}
	if _, expr, ok := strings.Cut(c.Extra, "on update "); ok {
		out += " ON UPDATE " + expr
	}
	if strings.Contains(strings.ToLower(c.Extra), "auto_increment") {
		out += " AUTO_INCREMENT"
	}
	if c.Comment != "" {
		out += " COMMENT " + QuoteText(c.Comment, lex.Mode{})
	}
	if server == askwire.MariaDB && c.DataType == "json" { // which is LONGTEXT there
		out += " CHECK (json_valid(" + QuoteName(c.Name) + "))"
	}
	return out
}

// withoutDefault are the types that had no default on MySQL for long.
var withoutDefault = map[string]bool{"tinytext": true, "text": true, "mediumtext": true, "longtext": true, "tinyblob": true, "blob": true,
	"mediumblob": true, "longblob": true}

// defaultText writes functions and what is quoted already as they are, and numbers except on MySQL.
func defaultText(c *askwire.Column, server askwire.Family) string {
	d := *c.Default
	low := strings.ToLower(d)
	switch {
	case strings.HasPrefix(d, "'"), low == "null", strings.HasPrefix(low, "current_timestamp"), strings.HasSuffix(d, ")"),
		strings.HasPrefix(low, "b'"), strings.HasPrefix(low, "x'"):
		return d
	}
	switch c.DataType {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "bit", "year":
		if server != askwire.MySQL {
			return d
		}
	}
	return QuoteText(d, lex.Mode{})
}
