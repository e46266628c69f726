package proxy

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// fieldList is COM_FIELD_LIST: table\0 pattern. The answer is one definition per column, each with the column's default
// value behind it, and EOF. It comes from the scope; the backend is not asked.
func (s *session) fieldList(p []byte) error {
	s.begin("COM_FIELD_LIST", planPatience)
	defer s.finish()
	if err := s.fresh(); err != nil {
		return err
	}
	name, pattern, ok := bytes.Cut(p, []byte{0})
	if !ok {
		return askwire.Errorf(askwire.BadPacket, "A malformed COM_FIELD_LIST.").WithHint("Use SHOW COLUMNS.")
	}
	sh := &front.Show{What: front.Columns, Table: string(name)}
	scope := s.b.Policy.Scope()
	var v *view
	if s.toStore(sh) {
		scope = s.b.Store.Scope()
		sh.DB = storeTable(scope)
	} else {
		var err error
		if v, err = s.resolveShow(sh); err != nil {
			return err
		}
	}
	t, ok := scope.Table(sh.DB, sh.Table)
	if v != nil {
		t, ok = &askwire.Table{DB: sh.DB, Name: v.name, Columns: v.columns}, true
	}
	if !ok {
		return askwire.Errorf(askwire.UnknownTable, "Table '%s' doesn't exist.", strings.ToValidUTF8(sh.Table, "?")).WithHint("SHOW TABLES lists those that you may read.")
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if len(pattern) > 0 && !front.Like(c.Name, string(pattern)) {
			continue
		}
		if err := s.c.WritePacket(fieldPacket(t, c)); err != nil {
			return err
		}
	}
	return s.c.WriteEOF(s.status(), 0)
}

// fieldPacket is "Protocol::ColumnDefinition41" with a default value: six strings with their lengths, 0x0c, 2 bytes
// collation, 4 bytes length, 1 byte type, 2 bytes flags, 1 byte decimals, 2 bytes filler, then the default.
func fieldPacket(t *askwire.Table, c *askwire.Column) []byte {
	var b []byte
	str := func(s string) {
		if len(s) < 251 {
			b = append(b, byte(len(s)))
		} else {
			b = append(b, 0xfc, byte(len(s)), byte(len(s)>>8))
		}
		b = append(b, s...)
	}
	for _, s := range []string{"def", t.DB, t.Name, t.Name, c.Name, c.Name} {
		str(s)
	}
	typ, collation := fieldType(c)
	b = append(b, 0x0c)
	b = binary.LittleEndian.AppendUint16(b, collation)
	b = binary.LittleEndian.AppendUint32(b, 1024)
	b = append(b, byte(typ))
	var flags uint16
	if !c.Nullable {
		flags |= wire.NOT_NULL_FLAG
	}
	switch c.Key {
	case "PRI":
		flags |= wire.PRI_KEY_FLAG
	case "UNI":
		flags |= wire.UNIQUE_KEY_FLAG
	case "MUL":
		flags |= wire.MULTIPLE_KEY_FLAG
	}
	if strings.Contains(c.Type, "unsigned") {
		flags |= wire.UNSIGNED_FLAG
	}
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = append(b, 0, 0, 0)
	if c.Default == nil || len(*c.Default) > 65535 {
		return append(b, 0xfb)
	}
	str(*c.Default)
	return b
}

var fieldTypes = map[string]wire.Type{"tinyint": wire.MYSQL_TYPE_TINY, "smallint": wire.MYSQL_TYPE_SHORT, "mediumint": wire.MYSQL_TYPE_INT24,
	"int": wire.MYSQL_TYPE_LONG, "bigint": wire.MYSQL_TYPE_LONGLONG, "decimal": wire.MYSQL_TYPE_NEWDECIMAL, "float": wire.MYSQL_TYPE_FLOAT,
	"double": wire.MYSQL_TYPE_DOUBLE, "date": wire.MYSQL_TYPE_DATE, "datetime": wire.MYSQL_TYPE_DATETIME, "timestamp": wire.MYSQL_TYPE_TIMESTAMP,
	"time": wire.MYSQL_TYPE_TIME, "year": wire.MYSQL_TYPE_YEAR, "bit": wire.MYSQL_TYPE_BIT, "json": wire.MYSQL_TYPE_JSON,
	"char": wire.MYSQL_TYPE_STRING, "enum": wire.MYSQL_TYPE_STRING, "set": wire.MYSQL_TYPE_STRING, "text": wire.MYSQL_TYPE_BLOB,
	"tinytext": wire.MYSQL_TYPE_BLOB, "mediumtext": wire.MYSQL_TYPE_BLOB, "longtext": wire.MYSQL_TYPE_BLOB, "blob": wire.MYSQL_TYPE_BLOB,
	"tinyblob": wire.MYSQL_TYPE_BLOB, "mediumblob": wire.MYSQL_TYPE_BLOB, "longblob": wire.MYSQL_TYPE_BLOB, "varchar": wire.MYSQL_TYPE_VAR_STRING}

func fieldType(c *askwire.Column) (wire.Type, uint16) {
	collation := uint16(wire.CollationBinary)
	if c.Charset != "" || c.Collation != "" {
		collation = wire.CollationUTF8MB4
	}
	if t, ok := fieldTypes[c.DataType]; ok {
		return t, collation
	}
	return wire.MYSQL_TYPE_VAR_STRING, collation
}
