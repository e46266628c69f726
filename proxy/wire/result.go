package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/askwire/askwire"
)

// Row values of the proxy's own results: nil, string, []byte, *string (nil = NULL), int64, int, uint64.

// ResultWriter writes a result set of the proxy's own to a client: definitions, rows, end. Errors of the connection stay,
// so that only Close's needs to be checked.
type ResultWriter struct {
	c       *Conn
	columns []Column
	binary  bool
	kept    *Rows // for a cursor
	err     error
	rows    int64
}

// NewResult queues the column count and the definitions of a text result ("ProtocolText::Resultset").
func (c *Conn) NewResult(columns ...Column) *ResultWriter { return c.newResult(false, nil, columns) }

// NewBinaryResult is NewResult for the answer to COM_STMT_EXECUTE ("ProtocolBinary::Resultset").
func (c *Conn) NewBinaryResult(columns ...Column) *ResultWriter {
	return c.newResult(true, nil, columns)
}

// NewCursorResult is NewBinaryResult for an answer that opens a cursor: the rows are kept for COM_STMT_FETCH.
func (c *Conn) NewCursorResult(columns ...Column) *ResultWriter {
	return c.newResult(true, &Rows{}, columns)
}

func (c *Conn) newResult(binary bool, kept *Rows, columns []Column) *ResultWriter {
	w := &ResultWriter{c: c, columns: columns, binary: binary, kept: kept}
	c.begin()
	c.w = appendLenenc(c.w, uint64(len(columns)))
	w.err = c.end()
	for i := range columns {
		w.set(c.WriteColumn(columns[i]))
	}
	if kept == nil {
		w.set(c.WriteDefinitionsEOF(SERVER_STATUS_AUTOCOMMIT, 0))
	}
	return w
}

func (w *ResultWriter) set(err error) {
	if w.err == nil {
		w.err = err
	}
}

// Row queues one row; there must be one value per column. A value whose Go type is not listed above is an error of the
// caller and ends the result with ERR.
func (w *ResultWriter) Row(values ...any) error {
	if w.err != nil {
		return w.err
	}
	if len(values) != len(w.columns) {
		w.err = askwire.Errorf(askwire.Internal, "A row of %d values in a result of %d columns.", len(values), len(w.columns))
		return w.err
	}
	c := w.c
	c.begin()
	if w.binary {
		w.err = w.binaryRow(values)
	} else {
		w.err = w.textRow(values)
	}
	if w.err != nil {
		c.w = c.w[:c.start]
		return w.err
	}
	w.rows++
	if w.kept != nil {
		w.kept.held = hold(w.kept.held, c.w[c.start+headerSize:])
		c.w = c.w[:c.start]
		return nil
	}
	w.err = c.end()
	return w.err
}

// textRow is "ProtocolText::ResultsetRow": each value a length-encoded string, NULL as 0xfb.
func (w *ResultWriter) textRow(values []any) error {
	c := w.c
	for _, v := range values {
		s, null, err := text(v)
		switch {
		case err != nil:
			return err
		case null:
			c.w = append(c.w, localFileHeader)
		default:
			c.w = appendLenencString(c.w, s)
		}
	}
	return nil
}

// binaryRow is "ProtocolBinary::ResultsetRow": 0x00, a NULL bitmap of (n+9)/8 bytes whose first two bits are unused, then
// the values that are not NULL.
func (w *ResultWriter) binaryRow(values []any) error {
	c := w.c
	c.w = append(c.w, 0)
	bitmap := len(c.w)
	for range (len(values) + 9) / 8 {
		c.w = append(c.w, 0)
	}
	for i, v := range values {
		s, null, err := text(v)
		if err != nil {
			return err
		}
		if null {
			c.w[bitmap+(i+2)/8] |= 1 << ((i + 2) % 8)
			continue
		}
		if c.w, err = appendBinary(c.w, &w.columns[i], s); err != nil {
			return err
		}
	}
	return nil
}

// appendBinary writes numbers in the width of their type, little-endian, and everything else as a length-encoded string. The
// proxy's own columns have no dates and times.
func appendBinary(b []byte, d *Column, s string) ([]byte, error) {
	if d.Type == MYSQL_TYPE_FLOAT || d.Type == MYSQL_TYPE_DOUBLE {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return b, noNumber(d)
		}
		if d.Type == MYSQL_TYPE_FLOAT {
			return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f))), nil
		}
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(f)), nil
	}
	bits := map[Type]int{MYSQL_TYPE_TINY: 8, MYSQL_TYPE_SHORT: 16, MYSQL_TYPE_YEAR: 16, MYSQL_TYPE_INT24: 32, MYSQL_TYPE_LONG: 32, MYSQL_TYPE_LONGLONG: 64}[d.Type]
	if bits == 0 {
		return appendLenencString(b, s), nil
	}
	n, err := strconv.ParseInt(s, 10, bits)
	if err != nil {
		u, err := strconv.ParseUint(s, 10, bits)
		if err != nil {
			return b, noNumber(d)
		}
		n = int64(u)
	}
	return append(b, binary.LittleEndian.AppendUint64(nil, uint64(n))[:bits/8]...), nil
}

func noNumber(d *Column) error {
	return askwire.Errorf(askwire.Internal, "Column %q holds a value that is none of its type.", d.Name)
}

func text(v any) (s string, null bool, err error) {
	switch v := v.(type) {
	case nil:
		return "", true, nil
	case string:
		return v, false, nil
	case []byte:
		return string(v), v == nil, nil
	case *string:
		if v == nil {
			return "", true, nil
		}
		return *v, false, nil
	case int64:
		return strconv.FormatInt(v, 10), false, nil
	case int:
		return strconv.Itoa(v), false, nil
	case uint64:
		return strconv.FormatUint(v, 10), false, nil
	}
	return "", false, askwire.Errorf(askwire.Internal, "A result cannot hold a value of type %s.", fmt.Sprintf("%T", v))
}

// Rows is the number of rows written.
func (w *ResultWriter) Rows() int64 { return w.rows }

// Kept are the rows of a cursor's answer; nil where there is no cursor, or a row could not be written.
func (w *ResultWriter) Kept() *Rows {
	if w.err != nil {
		return nil
	}
	return w.kept
}

// Close queues the end of the result set. After a row that could not be written it is an ERR packet.
func (w *ResultWriter) Close(status Status, warnings uint16) error {
	if w.err != nil {
		if w.c.werr == nil {
			return w.c.WriteError(w.err)
		}
		return w.err
	}
	if w.kept != nil {
		status |= SERVER_STATUS_CURSOR_EXISTS
	}
	return w.c.WriteEOF(status, warnings)
}

// WritePrepareOK queues the answer to COM_STMT_PREPARE ("COM_STMT_PREPARE_OK"): 0x00, 4 bytes statement id, 2 bytes number
// of columns, 2 bytes number of parameters, a zero byte, 2 bytes warnings; then the definitions of both.
func (c *Conn) WritePrepareOK(id uint32, params, columns []Column, warnings uint16) error {
	c.begin()
	c.w = append(c.w, okHeader)
	c.w = binary.LittleEndian.AppendUint32(c.w, id)
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(len(columns)))
	c.w = binary.LittleEndian.AppendUint16(c.w, uint16(len(params)))
	c.w = append(c.w, 0)
	c.w = binary.LittleEndian.AppendUint16(c.w, warnings)
	err := c.end()
	for _, group := range [][]Column{params, columns} {
		for i := range group {
			if err == nil {
				err = c.WriteColumn(group[i])
			}
		}
		if err == nil && len(group) > 0 {
			err = c.WriteDefinitionsEOF(SERVER_STATUS_AUTOCOMMIT, 0)
		}
	}
	return err
}

// ParamColumn is the definition that servers send for a parameter of a prepared statement.
func ParamColumn() Column {
	return Column{Name: "?", Collation: CollationBinary, Type: MYSQL_TYPE_VAR_STRING, Flags: BINARY_FLAG}
}
