package proxy

import (
	"bytes"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// fieldList is COM_FIELD_LIST: table\0 pattern. The answer is one definition per column, each with the column's default
// value behind it, and EOF. What is listed comes from the scope; the backend describes it.
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
	columns, err := s.fieldColumns(t, v == nil && !s.toStore(sh))
	if err != nil {
		return err
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		if len(pattern) > 0 && !front.Like(c.Name, string(pattern)) {
			continue
		}
		if err := s.c.WriteFieldColumn(columns[i], fieldDefault(c, columns[i])); err != nil {
			return err
		}
	}
	return s.c.WriteEOF(s.status(), 0)
}

// fieldColumns are the definitions of a table's columns: the backend's for a SELECT of them, if the table is there.
func (s *session) fieldColumns(t *askwire.Table, there bool) ([]wire.Column, error) {
	own := make([]wire.Column, len(t.Columns))
	names := make([]string, len(t.Columns))
	for i := range t.Columns {
		own[i], names[i] = fieldColumn(t, &t.Columns[i]), front.QuoteName(t.Columns[i].Name)
	}
	if !there || len(names) == 0 {
		return own, nil
	}
	st, err := s.gate.Check("SELECT " + strings.Join(names, ", ") + " FROM " + front.QuoteName(t.DB) + "." + front.QuoteName(t.Name))
	if err != nil {
		return nil, err
	}
	s.setDeadline(s.statementTime() + timeGrace)
	d, err := s.definitions(st, false)
	columns := d.columns
	if err != nil || len(columns) != len(own) {
		return own, err
	}
	for i, c := range own { // a row policy is a sub-select, from which columns come by other names
		columns[i].Schema, columns[i].Table, columns[i].OrgTable, columns[i].Name, columns[i].OrgName = c.Schema, c.Table, c.OrgTable, c.Name, c.OrgName
	}
	return columns, nil
}

// fieldDefault is a column's default: without one, the zero value of a column that cannot be NULL.
func fieldDefault(c *askwire.Column, d wire.Column) *string {
	if c.Default != nil || c.Nullable || d.Decimals > 30 {
		return c.Default
	}
	zero := ""
	if numeric(d.Type) {
		if zero = "0"; d.Decimals > 0 {
			zero += "." + strings.Repeat("0", int(d.Decimals))
		}
	}
	return &zero
}

// fieldColumn is the definition of a table's column, where no backend is asked for it.
func fieldColumn(t *askwire.Table, c *askwire.Column) wire.Column {
	d := wire.Column{Schema: t.DB, Table: t.Name, OrgTable: t.Name, Name: c.Name, OrgName: c.Name, Length: 1024}
	d.Type, d.Collation = fieldType(c)
	if !c.Nullable {
		d.Flags |= wire.NOT_NULL_FLAG
	}
	switch c.Key {
	case "PRI":
		d.Flags |= wire.PRI_KEY_FLAG
	case "UNI":
		d.Flags |= wire.UNIQUE_KEY_FLAG
	case "MUL":
		d.Flags |= wire.MULTIPLE_KEY_FLAG
	}
	if strings.Contains(c.Type, "unsigned") {
		d.Flags |= wire.UNSIGNED_FLAG
	}
	return d
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
