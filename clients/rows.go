package clients

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
)

// results reads result sets up to the last one.
func (d *decoder) results(binaryRows bool, s *statement) (all []Reply, err error) {
	for {
		p, ok := d.next()
		if !ok {
			return append(all, Reply{Cut: true}), nil
		}
		if len(p) == 0 {
			return all, errCut
		}
		reply := Reply{}
		switch p[0] {
		case 0x00, 0xff:
			reply = d.reply(p)
		case 0xfb:
			return append(all, Reply{Text: "LOCAL INFILE " + string(p[1:])}), nil
		default:
			if reply, err = d.resultSet(p, binaryRows, s); err != nil {
				return all, err
			}
		}
		all = append(all, reply)
		if reply.OK == nil || reply.OK.Status&statusMoreResults == 0 || reply.Cut {
			return all, nil
		}
	}
}

// resultSet reads definitions and rows; p is the packet with the number of columns.
func (d *decoder) resultSet(p []byte, binaryRows bool, s *statement) (reply Reply, err error) {
	r := reader{b: p}
	n, _ := r.lenenc()
	follows := uint64(1)
	if (d.has(mariadbCacheMetadata) || d.has(clientOptionalMetadata)) && len(r.b) > 0 {
		follows = r.uint(1)
	}
	if follows == 1 {
		if reply.Columns, err = d.columns(int(n)); err != nil {
			return reply, err
		}
	} else if s != nil {
		reply.Columns = s.columns // as the client does, which was not sent them again
	}
	if s != nil {
		s.columns = reply.Columns
	}
	if !d.has(clientDeprecateEOF) {
		p, ok := d.next()
		if !ok {
			return Reply{Cut: true}, nil
		}
		end := d.reply(p)
		if end.OK == nil {
			return reply, fmt.Errorf("after the definitions comes %.40x", p)
		}
		if binaryRows && end.OK.Status&statusCursorExists != 0 {
			reply.OK = end.OK
			return reply, nil
		}
	}
	into := newGathering()
	reply.Rows, err = into.rows, d.rows(&reply, reply.Columns, binaryRows, into)
	return reply, err
}

// gathering is rows while they come.
type gathering struct {
	rows *Rows
	sum  hash.Hash
}

func newGathering() *gathering { return &gathering{&Rows{}, sha256.New()} }

// rows reads up to the packet that ends them, which goes to reply.
func (d *decoder) rows(reply *Reply, columns []Column, binaryRows bool, into *gathering) error {
	rows := into.rows
	defer func() { rows.Sum = hex.EncodeToString(into.sum.Sum(nil)) }()
	short := 9
	if d.has(clientDeprecateEOF) {
		short = 0xffffff
	}
	for {
		p, ok := d.next()
		switch {
		case !ok:
			reply.Cut = true
			return nil
		case len(p) > 0 && p[0] == 0xff:
			reply.Error = d.reply(p).Error
			return nil
		case len(p) > 0 && p[0] == 0xfe && len(p) < short:
			reply.OK = d.reply(p).OK
			return nil
		}
		values, err := rowValues(p, columns, binaryRows)
		if err != nil {
			return fmt.Errorf("row %d: %w", rows.Count, err)
		}
		addRow(into.sum, values)
		if rows.Count < keptRows {
			rows.First = append(rows.First, values)
		}
		rows.Count++
	}
}

// cursor is an execution whose rows come by COM_STMT_FETCH.
type cursor struct {
	reply *Reply // of the execution
	into  *gathering
}

// openCursor takes the cursor of an answer, if the server has opened one.
func openCursor(r *Reply) *cursor {
	if r.OK == nil || r.OK.Status&statusCursorExists == 0 {
		return nil
	}
	c := &cursor{r, newGathering()}
	r.Rows, r.Cursor = c.into.rows, true
	r.OK.Status &^= statusCursorExists
	return c
}

// fetch reads more rows of a cursor.
func (d *decoder) fetch(s *statement) error {
	r := s.cursor.reply
	r.Fetches++
	r.OK = nil
	if err := d.rows(r, s.columns, true, s.cursor.into); err != nil {
		return err
	}
	if r.OK != nil {
		r.OK.Status &^= statusCursorExists | statusLastRowSent
	}
	return nil
}

func addRow(h hash.Hash, values []*string) {
	for _, v := range values {
		var n [5]byte
		if v == nil {
			h.Write(n[:])
			continue
		}
		n[0] = 1
		binary.LittleEndian.PutUint32(n[1:], uint32(len(*v)))
		h.Write(n[:])
		h.Write([]byte(*v))
	}
}

// rowValues cuts a row into the bytes of its values.
func rowValues(p []byte, columns []Column, binaryRow bool) ([]*string, error) {
	r := reader{b: p}
	values := make([]*string, len(columns))
	var nulls []byte
	if binaryRow {
		r.take(1)
		nulls = r.take((len(columns) + 9) / 8)
	}
	for i, c := range columns {
		var v []byte
		null := false
		switch {
		case !binaryRow:
			v, null = r.lenencBytes()
		case r.err != nil:
		case nulls[(i+2)/8]>>((i+2)%8)&1 == 1:
			null = true
		default:
			v = r.binaryValue(c.Type)
		}
		if !null {
			s := string(v)
			values[i] = &s
		}
	}
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%d bytes after the last value", len(r.b))
	}
	return values, r.err
}

func (r *reader) binaryValue(fieldType byte) []byte {
	switch fieldType {
	case 0x01: // TINY
		return r.take(1)
	case 0x02, 0x0d: // SHORT, YEAR
		return r.take(2)
	case 0x03, 0x04, 0x09: // LONG, FLOAT, INT24
		return r.take(4)
	case 0x05, 0x08: // DOUBLE, LONGLONG
		return r.take(8)
	case 0x07, 0x0a, 0x0b, 0x0c: // TIMESTAMP, DATE, TIME, DATETIME
		return r.take(int(r.uint(1)))
	default:
		v, _ := r.lenencBytes()
		return v
	}
}
