package proxy

import (
	"strconv"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// metadataRow is a row of a table of information_schema, by column.
type metadataRow = map[string]askwire.Value

func text(s string) askwire.Value { return askwire.Value{Kind: askwire.String, Text: s} }

// Bounds on the rows of one table, which become a UNION in the statement that reads it: servers take more than linear time for one.
const (
	maxRows     = 2000
	maxRowsText = 128 << 10 // bytes
)

// rowsText collects rows within the bound.
type rowsText struct {
	rows map[string][]metadataRow
	size map[string]int
}

// add takes the rows of one view, or none of them when they are too many.
func (r *rowsText) add(table string, rows ...metadataRow) bool {
	n := 0
	for _, row := range rows {
		n += 16 + 8*len(row)
		for _, v := range row {
			n += len(v.Text)
		}
	}
	if r.size[table]+n > maxRowsText || len(r.rows[table])+len(rows) > maxRows {
		return false
	}
	r.size[table] += n
	r.rows[table] = append(r.rows[table], rows...)
	return true
}

// viewRows are the rows of information_schema for the schema of questions. describe asks for COLUMNS as well. Where there are more
// than a statement can hold, those of the last views are left out, and a Note says so.
func (s *session) viewRows(views []view, describe bool) map[string][]metadataRow {
	schema, collation := text(s.set.AskWord), text(defaultCollation(s.server()))
	catalog, utf8 := text("def"), text("utf8mb4")
	r := rowsText{map[string][]metadataRow{}, map[string]int{}}
	r.add("SCHEMATA", metadataRow{"CATALOG_NAME": catalog, "SCHEMA_NAME": schema, "DEFAULT_CHARACTER_SET_NAME": utf8,
		"DEFAULT_COLLATION_NAME": collation, "SCHEMA_COMMENT": text("Saved questions"), "DEFAULT_ENCRYPTION": text("NO")})
	whole := true
	for i := range views {
		v := &views[i]
		name, comment := text(v.name), v.question
		if v.stale == nil && describe && v.columns == nil {
			v.stale = s.describeView(v)
		}
		if v.stale != nil {
			_, _, why := wire.ErrorNumber(v.stale, false)
			if comment = "stale: " + why; askwire.CodeOf(v.stale) != askwire.StaleQuestion {
				comment = "not available: " + why
			}
		}
		whole = r.add("TABLES", metadataRow{"TABLE_CATALOG": catalog, "TABLE_SCHEMA": schema, "TABLE_NAME": name, "TABLE_TYPE": text("VIEW"),
			"TABLE_COMMENT": text(shortened(comment))}) && whole
		whole = r.add("VIEWS", metadataRow{"TABLE_CATALOG": catalog, "TABLE_SCHEMA": schema, "TABLE_NAME": name, "VIEW_DEFINITION": text(v.sql),
			"CHECK_OPTION": text("NONE"), "IS_UPDATABLE": text("NO"), "DEFINER": text(firstOf(v.owner, "askwire") + "@%"), "SECURITY_TYPE": text("INVOKER"),
			"CHARACTER_SET_CLIENT": utf8, "COLLATION_CONNECTION": collation, "ALGORITHM": text("UNDEFINED")}) && whole
		columns := make([]metadataRow, len(v.columns))
		for n := range v.columns {
			columns[n] = columnRow(&v.columns[n], n+1)
			columns[n]["TABLE_CATALOG"], columns[n]["TABLE_SCHEMA"], columns[n]["TABLE_NAME"] = catalog, schema, name
		}
		if !r.add("COLUMNS", columns...) {
			whole, describe = false, false
		}
	}
	if !whole {
		s.note("askwire: there are more saved questions than this statement can show; SHOW ASK SAVED lists all, DESCRIBE shows their columns.")
	}
	return r.rows
}

const maxComment = 250 // characters

// shortened is a comment in a length that listings can show.
func shortened(s string) string {
	if r := []rune(s); len(r) > maxComment {
		return string(r[:maxComment]) + "…"
	}
	return s
}

// columnRow is a row of information_schema.COLUMNS.
func columnRow(c *askwire.Column, position int) metadataRow {
	number := func(n int) askwire.Value { return askwire.Value{Kind: askwire.Int, Text: strconv.Itoa(n)} }
	null := "NO"
	if c.Nullable {
		null = "YES"
	}
	row := metadataRow{"COLUMN_NAME": text(c.Name), "ORDINAL_POSITION": number(position), "IS_NULLABLE": text(null), "DATA_TYPE": text(c.DataType),
		"COLUMN_TYPE": text(c.Type), "COLUMN_KEY": text(""), "EXTRA": text(""), "PRIVILEGES": text("select"), "COLUMN_COMMENT": text(c.Comment),
		"IS_GENERATED": text("NEVER"), "GENERATION_EXPRESSION": text("")}
	if c.Default != nil {
		row["COLUMN_DEFAULT"] = text(*c.Default)
	}
	size, scale := typeSize(c.Type)
	switch c.DataType {
	case "decimal":
		row["NUMERIC_PRECISION"], row["NUMERIC_SCALE"] = number(size), number(scale)
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		digits := map[string]int{"tinyint": 3, "smallint": 5, "mediumint": 7, "int": 10, "bigint": 19}[c.DataType]
		if c.DataType == "bigint" && strings.HasSuffix(c.Type, "unsigned") {
			digits = 20
		}
		row["NUMERIC_PRECISION"], row["NUMERIC_SCALE"] = number(digits), number(0)
	case "float":
		row["NUMERIC_PRECISION"] = number(12)
	case "double":
		row["NUMERIC_PRECISION"] = number(22)
	case "datetime", "timestamp", "time":
		row["DATETIME_PRECISION"] = number(size)
	case "char", "varchar", "binary", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob":
		octets := size
		if n, ok := map[string]int{"tiny": 1<<8 - 1, "text": 1<<16 - 1, "blob": 1<<16 - 1, "medi": 1<<24 - 1, "long": 1<<32 - 1}[c.DataType[:4]]; ok {
			size, octets = n, n
		} else if c.Charset != "" {
			octets = 4 * size
		}
		row["CHARACTER_MAXIMUM_LENGTH"], row["CHARACTER_OCTET_LENGTH"] = number(size), number(octets)
	}
	if c.Charset != "" {
		row["CHARACTER_SET_NAME"], row["COLLATION_NAME"] = text(c.Charset), text(c.Collation)
	}
	return row
}

// typeSize reads the numbers of decimal(10,2).
func typeSize(typ string) (size, scale int) {
	_, in, ok := strings.Cut(typ, "(")
	if !ok {
		return 0, 0
	}
	in, _, _ = strings.Cut(in, ")")
	first, second, _ := strings.Cut(in, ",")
	size, _ = strconv.Atoi(first)
	scale, _ = strconv.Atoi(second)
	return size, scale
}
