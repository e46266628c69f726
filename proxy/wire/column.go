package wire

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Type is a column or parameter type ("enum_field_types").
type Type byte

// The types, as the manual spells them.
const (
	MYSQL_TYPE_DECIMAL     Type = 0x00
	MYSQL_TYPE_TINY        Type = 0x01
	MYSQL_TYPE_SHORT       Type = 0x02
	MYSQL_TYPE_LONG        Type = 0x03
	MYSQL_TYPE_FLOAT       Type = 0x04
	MYSQL_TYPE_DOUBLE      Type = 0x05
	MYSQL_TYPE_NULL        Type = 0x06
	MYSQL_TYPE_TIMESTAMP   Type = 0x07
	MYSQL_TYPE_LONGLONG    Type = 0x08
	MYSQL_TYPE_INT24       Type = 0x09
	MYSQL_TYPE_DATE        Type = 0x0a
	MYSQL_TYPE_TIME        Type = 0x0b
	MYSQL_TYPE_DATETIME    Type = 0x0c
	MYSQL_TYPE_YEAR        Type = 0x0d
	MYSQL_TYPE_NEWDATE     Type = 0x0e
	MYSQL_TYPE_VARCHAR     Type = 0x0f
	MYSQL_TYPE_BIT         Type = 0x10
	MYSQL_TYPE_TIMESTAMP2  Type = 0x11
	MYSQL_TYPE_DATETIME2   Type = 0x12
	MYSQL_TYPE_TIME2       Type = 0x13
	MYSQL_TYPE_VECTOR      Type = 0xf2
	MYSQL_TYPE_JSON        Type = 0xf5
	MYSQL_TYPE_NEWDECIMAL  Type = 0xf6
	MYSQL_TYPE_ENUM        Type = 0xf7
	MYSQL_TYPE_SET         Type = 0xf8
	MYSQL_TYPE_TINY_BLOB   Type = 0xf9
	MYSQL_TYPE_MEDIUM_BLOB Type = 0xfa
	MYSQL_TYPE_LONG_BLOB   Type = 0xfb
	MYSQL_TYPE_BLOB        Type = 0xfc
	MYSQL_TYPE_VAR_STRING  Type = 0xfd
	MYSQL_TYPE_STRING      Type = 0xfe
	MYSQL_TYPE_GEOMETRY    Type = 0xff
)

// Column flags ("Column Definition Flags").
const (
	NOT_NULL_FLAG       = 1
	PRI_KEY_FLAG        = 2
	UNIQUE_KEY_FLAG     = 4
	MULTIPLE_KEY_FLAG   = 8
	BLOB_FLAG           = 16
	UNSIGNED_FLAG       = 32
	ZEROFILL_FLAG       = 64
	BINARY_FLAG         = 128
	ENUM_FLAG           = 256
	AUTO_INCREMENT_FLAG = 512
	TIMESTAMP_FLAG      = 1024
	SET_FLAG            = 2048
)

// Collations that the proxy's own columns use ("Character Set"), and defaults of servers.
const (
	CollationUTF8MB3     = 33 // utf8mb3_general_ci: what servers have their own texts in
	CollationUTF8MB4     = 45 // utf8mb4_general_ci: every server and client knows it
	CollationBinary      = 63
	collationUTF8MB4Bin  = 46  // TiDB's default
	collationUTF8MB40900 = 255 // utf8mb4_0900_ai_ci, MySQL's
)

// Column is a column definition ("Protocol::ColumnDefinition41").
type Column struct {
	Schema, Table, OrgTable, Name, OrgName string
	Collation                              uint16
	Length                                 uint32 // the longest value, in bytes
	Type                                   Type
	Flags                                  uint16
	Decimals                               byte
	Extended                               string // MariaDB's extended metadata: that a text is JSON, such as
}

// TextColumn is a nullable utf8mb4 string column, as the proxy's own results have them.
func TextColumn(name string) Column {
	return Column{Name: name, Collation: CollationUTF8MB4, Length: 4 * 16383, Type: MYSQL_TYPE_VAR_STRING, Decimals: 31}
}

// IntColumn is a BIGINT column.
func IntColumn(name string) Column {
	return Column{Name: name, Collation: CollationBinary, Length: 21, Type: MYSQL_TYPE_LONGLONG, Flags: BINARY_FLAG}
}

// LongTextColumn is a nullable LONGTEXT column; summaries use it.
func LongTextColumn(name string) Column {
	return Column{Name: name, Collation: CollationUTF8MB4, Length: 1<<32 - 1, Type: MYSQL_TYPE_BLOB, Flags: BLOB_FLAG}
}

// append adds the definition's payload: catalog "def", five strings, each with its length, the extended metadata if there is to be one,
// then 0x0c and 12 fixed bytes.
func (d *Column) append(b []byte, extended bool) []byte {
	b = append(b, 3, 'd', 'e', 'f')
	b = appendLenencString(b, d.Schema)
	b = appendLenencString(b, d.Table)
	b = appendLenencString(b, d.OrgTable)
	b = appendLenencString(b, d.Name)
	b = appendLenencString(b, d.OrgName)
	if extended {
		b = appendLenencString(b, d.Extended)
	}
	b = append(b, 0x0c)
	b = binary.LittleEndian.AppendUint16(b, d.Collation)
	b = binary.LittleEndian.AppendUint32(b, d.Length)
	b = append(b, byte(d.Type))
	b = binary.LittleEndian.AppendUint16(b, d.Flags)
	return append(b, d.Decimals, 0, 0)
}

// ParseColumn reads a column definition.
func ParseColumn(p []byte) (Column, error) {
	r := reader{b: p}
	r.lenencString() // catalog, always "def"
	d := Column{
		Schema:   string(r.lenencString()),
		Table:    string(r.lenencString()),
		OrgTable: string(r.lenencString()),
		Name:     string(r.lenencString()),
		OrgName:  string(r.lenencString()),
	}
	if len(r.b) > definitionTail {
		d.Extended = string(r.lenencString())
	}
	fixed := reader{b: r.lenencString()}
	d.Collation, d.Length, d.Type = fixed.uint16(), fixed.uint32(), Type(fixed.byte())
	d.Flags, d.Decimals = fixed.uint16(), fixed.byte()
	if r.bad || fixed.bad {
		return Column{}, garbage("a malformed column definition")
	}
	return d, nil
}

// WriteColumn queues one column definition.
func (c *Conn) WriteColumn(d Column) error {
	c.begin()
	c.w = d.append(c.w, c.extended)
	return c.end()
}

// WriteFieldColumn queues a definition as COM_FIELD_LIST has it: with the column's default value behind it, NULL as 0xfb.
func (c *Conn) WriteFieldColumn(d Column, def *string) error {
	c.begin()
	c.w = d.append(c.w, c.extended)
	if def == nil {
		c.w = append(c.w, localFileHeader)
	} else {
		c.w = appendLenencString(c.w, *def)
	}
	return c.end()
}

// Unsigned reports whether an integer column has no sign.
func (d *Column) Unsigned() bool { return d.Flags&UNSIGNED_FLAG != 0 }

// TypeName is the MySQL type as a person would name it, in lower case: bigint, varchar, datetime …
func (d *Column) TypeName() string {
	binaryText := d.Collation == CollationBinary
	switch d.Type {
	case MYSQL_TYPE_TINY:
		return "tinyint"
	case MYSQL_TYPE_SHORT:
		return "smallint"
	case MYSQL_TYPE_INT24:
		return "mediumint"
	case MYSQL_TYPE_LONG:
		return "int"
	case MYSQL_TYPE_LONGLONG:
		return "bigint"
	case MYSQL_TYPE_FLOAT:
		return "float"
	case MYSQL_TYPE_DOUBLE:
		return "double"
	case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL:
		return "decimal"
	case MYSQL_TYPE_NULL:
		return "null"
	case MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_TIMESTAMP2:
		return "timestamp"
	case MYSQL_TYPE_DATETIME, MYSQL_TYPE_DATETIME2:
		return "datetime"
	case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE:
		return "date"
	case MYSQL_TYPE_TIME, MYSQL_TYPE_TIME2:
		return "time"
	case MYSQL_TYPE_YEAR:
		return "year"
	case MYSQL_TYPE_BIT:
		return "bit"
	case MYSQL_TYPE_JSON:
		return "json"
	case MYSQL_TYPE_GEOMETRY:
		return "geometry"
	case MYSQL_TYPE_VECTOR:
		return "vector"
	case MYSQL_TYPE_ENUM:
		return "enum"
	case MYSQL_TYPE_SET:
		return "set"
	case MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_BLOB:
		if binaryText {
			return "blob"
		}
		return "text"
	case MYSQL_TYPE_STRING:
		switch {
		case d.Flags&ENUM_FLAG != 0:
			return "enum"
		case d.Flags&SET_FLAG != 0:
			return "set"
		case binaryText:
			return "binary"
		}
		return "char"
	case MYSQL_TYPE_VARCHAR, MYSQL_TYPE_VAR_STRING:
		if binaryText {
			return "varbinary"
		}
		return "varchar"
	}
	return fmt.Sprintf("type %d", byte(d.Type))
}

// Told are definitions that a client is told instead of others, under the others' names; the others where their number differs. In the
// binary protocol a column stays as it is whose values would be read otherwise, unless they are whole numbers, or are to be text: those are
// written anew. The zero definition stands for none.
func Told(instead, columns []Column, binary bool) []Column {
	if len(instead) != len(columns) {
		return columns
	}
	out := make([]Column, len(columns))
	for i := range columns {
		out[i] = told(instead[i], columns[i], binary)
	}
	return out
}

func told(instead, c Column, binary bool) Column {
	if instead == (Column{}) || binary && binaryWidth(instead.Type) != binaryWidth(c.Type) && !(instead.whole() && c.whole()) && !instead.text() {
		return c
	}
	return instead.Called(c.Name)
}

// Called is a definition under another name. A column of SHOW, whose name holds the condition, is called so in its origin too.
func (d Column) Called(name string) Column {
	if d.OrgName == d.Name {
		d.OrgName = name
	}
	d.Name = name
	return d
}

// binaryWidth is how many bytes a value has in the binary protocol; negative where a length comes first ("Binary Protocol Value"): -1 for
// text, -2 for days and times.
func binaryWidth(t Type) int {
	switch t {
	case MYSQL_TYPE_NULL:
		return 0
	case MYSQL_TYPE_TINY:
		return 1
	case MYSQL_TYPE_SHORT, MYSQL_TYPE_YEAR:
		return 2
	case MYSQL_TYPE_LONG, MYSQL_TYPE_INT24:
		return 4
	case MYSQL_TYPE_FLOAT:
		return 5 // four bytes, but not those of a number
	case MYSQL_TYPE_LONGLONG:
		return 8
	case MYSQL_TYPE_DOUBLE:
		return 9
	case MYSQL_TYPE_DATE, MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_TIME:
		return -2
	default:
		return -1
	}
}

// UniqueName is the name that an appended column gets beside columns: name, or name_1, name_2 … where they have it already.
func UniqueName(name string, columns []Column) string {
	unique := name
	for i := 1; slices.ContainsFunc(columns, func(d Column) bool { return strings.EqualFold(d.Name, unique) }); i++ {
		unique = name + "_" + strconv.Itoa(i)
	}
	return unique
}
