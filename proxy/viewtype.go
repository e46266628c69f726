package proxy

import (
	"fmt"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// typeNames are the types that need no more than their name.
var typeNames = map[wire.Type]string{wire.MYSQL_TYPE_TINY: "tinyint", wire.MYSQL_TYPE_SHORT: "smallint", wire.MYSQL_TYPE_INT24: "mediumint",
	wire.MYSQL_TYPE_LONG: "int", wire.MYSQL_TYPE_LONGLONG: "bigint", wire.MYSQL_TYPE_FLOAT: "float", wire.MYSQL_TYPE_DOUBLE: "double",
	wire.MYSQL_TYPE_DATE: "date", wire.MYSQL_TYPE_NEWDATE: "date", wire.MYSQL_TYPE_DATETIME: "datetime", wire.MYSQL_TYPE_TIMESTAMP: "timestamp",
	wire.MYSQL_TYPE_TIME: "time", wire.MYSQL_TYPE_YEAR: "year", wire.MYSQL_TYPE_JSON: "json", wire.MYSQL_TYPE_GEOMETRY: "geometry",
	wire.MYSQL_TYPE_VECTOR: "vector"}

// tableColumn is a column of a result as one of a table: of the type that a table made of the result would have. Lengths of text
// come in bytes of utf8mb4, four a character.
func tableColumn(d wire.Column) askwire.Column {
	c := askwire.Column{Name: d.Name, Nullable: d.Flags&wire.NOT_NULL_FLAG == 0}
	name, known := typeNames[d.Type]
	switch {
	case known:
		c.DataType, c.Type = name, name
		switch name {
		case "datetime", "timestamp", "time":
			if d.Decimals > 0 && d.Decimals <= 6 {
				c.Type = fmt.Sprintf("%s(%d)", name, d.Decimals)
			}
		case "tinyint", "smallint", "mediumint", "int", "bigint":
			if d.Flags&wire.UNSIGNED_FLAG != 0 {
				c.Type += " unsigned"
			}
		}
	case d.Type == wire.MYSQL_TYPE_NEWDECIMAL:
		precision := int(d.Length)
		if d.Decimals > 0 {
			precision-- // the point
		}
		if d.Flags&wire.UNSIGNED_FLAG == 0 {
			precision-- // the sign
		}
		c.DataType, c.Type = "decimal", fmt.Sprintf("decimal(%d,%d)", min(max(precision, int(d.Decimals), 1), 65), d.Decimals)
	case d.Type == wire.MYSQL_TYPE_BIT:
		c.DataType, c.Type = "bit", fmt.Sprintf("bit(%d)", max(d.Length, 1))
	default:
		textColumn(&c, d)
	}
	return c
}

// textColumn sets the type of text and bytes.
func textColumn(c *askwire.Column, d wire.Column) {
	bytes := d.Collation == wire.CollationBinary
	if !bytes {
		c.Charset, c.Collation = "utf8mb4", "utf8mb4_general_ci"
	}
	choose := func(asText, asBytes string) string {
		if bytes {
			return asBytes
		}
		return asText
	}
	n := int(d.Length)
	if !bytes {
		n /= 4
	}
	switch d.Type {
	case wire.MYSQL_TYPE_TINY_BLOB, wire.MYSQL_TYPE_BLOB, wire.MYSQL_TYPE_MEDIUM_BLOB, wire.MYSQL_TYPE_LONG_BLOB:
		switch {
		case d.Length <= 1<<8-1:
			c.DataType = choose("tinytext", "tinyblob")
		case d.Length <= 4*(1<<16-1):
			c.DataType = choose("text", "blob")
		case d.Length <= 4*(1<<24-1):
			c.DataType = choose("mediumtext", "mediumblob")
		default:
			c.DataType = choose("longtext", "longblob")
		}
		c.Type = c.DataType
	case wire.MYSQL_TYPE_STRING, wire.MYSQL_TYPE_ENUM, wire.MYSQL_TYPE_SET:
		c.DataType = choose("char", "binary")
		c.Type = fmt.Sprintf("%s(%d)", c.DataType, n)
	default:
		c.DataType = choose("varchar", "varbinary")
		c.Type = fmt.Sprintf("%s(%d)", c.DataType, n)
	}
}
