package clients

import (
	"fmt"
	"strings"
)

// columns reads n column definitions.
func (d *decoder) columns(n int) ([]Column, error) {
	all := make([]Column, 0, n)
	for range n {
		p, ok := d.next()
		if !ok {
			return nil, errCut
		}
		c, err := d.column(p, false)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// column reads "Protocol::ColumnDefinition41".
func (d *decoder) column(p []byte, list bool) (c Column, err error) {
	r := reader{b: p}
	r.lenencBytes() // def
	c.Schema, c.Table, c.OrgTable, c.Name, c.OrgName = r.lenencString(), r.lenencString(), r.lenencString(), r.lenencString(), r.lenencString()
	if d.has(mariadbExtendedMetadata) {
		c.Extended = r.lenencString()
	}
	r.lenenc()
	c.Charset = uint16(r.uint(2))
	c.Length = uint32(r.uint(4))
	c.Type = byte(r.uint(1))
	c.Flags = uint16(r.uint(2))
	c.Decimals = byte(r.uint(1))
	r.take(2)
	if list {
		c.Default = r.lenencString()
	}
	return c, r.err
}

// prepare reads "COM_STMT_PREPARE Response".
func (d *decoder) prepare(text string) ([]Reply, error) {
	p, ok := d.next()
	if !ok {
		return []Reply{{Cut: true}}, nil
	}
	if len(p) > 0 && p[0] == 0xff {
		d.last = 0
		return []Reply{d.reply(p)}, nil
	}
	r := reader{b: p}
	r.take(1)
	id := uint32(r.uint(4))
	columns, params := int(r.uint(2)), int(r.uint(2))
	r.take(1)
	reply := Reply{OK: &OK{Warnings: uint16(r.uint(2))}}
	follows := true
	if d.has(clientOptionalMetadata) && len(r.b) > 0 {
		follows = r.uint(1) == 1
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, part := range []struct {
		n    int
		into *[]Column
	}{{params, &reply.Params}, {columns, &reply.Columns}} {
		if part.n == 0 || !follows {
			continue
		}
		var err error
		if *part.into, err = d.columns(part.n); err != nil {
			return nil, err
		}
		if !d.has(clientDeprecateEOF) {
			d.next()
		}
	}
	d.last = id
	d.prepared[id] = &statement{text: text, columns: reply.Columns}
	return []Reply{reply}, nil
}

// fields reads the answer to COM_FIELD_LIST.
func (d *decoder) fields() ([]Reply, error) {
	reply := Reply{}
	for {
		p, ok := d.next()
		switch {
		case !ok:
			reply.Cut = true
			return []Reply{reply}, nil
		case len(p) > 0 && (p[0] == 0xff || p[0] == 0xfe):
			end := d.reply(p)
			reply.OK, reply.Error = end.OK, end.Error
			return []Reply{reply}, nil
		}
		c, err := d.column(p, true)
		if err != nil {
			return nil, err
		}
		reply.Columns = append(reply.Columns, c)
	}
}

// reply reads an OK, EOF or ERR packet.
func (d *decoder) reply(p []byte) Reply {
	r := reader{b: p}
	first := r.uint(1)
	switch {
	case first == 0xff:
		e := &Error{Number: uint16(r.uint(2))}
		if strings.HasPrefix(string(r.b), "#") {
			r.take(1)
			e.SQLState = string(r.take(5))
		}
		e.Message = string(r.b)
		return Reply{Error: e}
	case first == 0xfe && (!d.has(clientDeprecateEOF) || len(p) == 5):
		return Reply{OK: &OK{Warnings: uint16(r.uint(2)), Status: uint16(r.uint(2))}}
	case first == 0x00 || first == 0xfe:
		ok := &OK{}
		ok.Affected, _ = r.lenenc()
		ok.InsertID, _ = r.lenenc()
		ok.Status = uint16(r.uint(2))
		ok.Warnings = uint16(r.uint(2))
		switch {
		case len(r.b) > 0 && d.has(clientSessionTrack):
			ok.Info = r.lenencString()
			if len(r.b) > 0 {
				ok.Tracked = r.lenencString()
			}
		default:
			ok.Info = string(r.b)
		}
		return Reply{OK: ok}
	}
	return Reply{Text: fmt.Sprintf("%x", p)}
}
