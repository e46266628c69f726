package clients

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// Decode reads what one connection sent to each side.
func Decode(fromClient, fromServer []byte) (*Transcript, error) {
	d := decoder{server: splitPackets(fromServer), prepared: map[uint32]statement{}}
	client := splitPackets(fromClient)
	t := &Transcript{}
	if len(d.server) == 0 {
		return t, nil
	}
	if err := d.greeting(&t.Greeting); err != nil {
		return nil, err
	}
	if len(client) == 0 {
		return t, nil
	}
	d.response(client[0].payload, t.Greeting.Capabilities)
	t.Login = []Reply{d.phase()}
	for _, p := range client[1:] {
		if p.seq != 0 || len(p.payload) == 0 {
			continue // of the connection phase
		}
		e, err := d.exchange(p.payload)
		if err != nil {
			return nil, fmt.Errorf("%s %.80q: %w", e.Command, e.Text, err)
		}
		t.Exchanges = append(t.Exchanges, e)
	}
	if len(d.server) > 0 {
		// A server that ends a session says why, without being asked.
		if p := d.server[0]; len(d.server) == 1 && len(p.payload) > 0 && p.payload[0] == 0xff {
			r := d.reply(p.payload)
			t.Exchanges = append(t.Exchanges, Exchange{Command: "none", Replies: []Reply{r}})
			return t, nil
		}
		return nil, fmt.Errorf("%d packets of the server were not asked for, the first %.40x", len(d.server), d.server[0].payload)
	}
	return t, nil
}

type statement struct {
	text    string
	columns []Column
}

type decoder struct {
	server   []packet
	caps     uint64
	prepared map[uint32]statement
	last     uint32 // id of the last statement prepared
}

func (d *decoder) has(flag uint64) bool { return d.caps&flag != 0 }

// next passes a packet of the server; ok is false where the stream has ended. Progress reports are left out.
func (d *decoder) next() (p []byte, ok bool) {
	for len(d.server) > 0 {
		p = d.server[0].payload
		d.server = d.server[1:]
		if len(p) < 3 || p[0] != 0xff || binary.LittleEndian.Uint16(p[1:]) != 0xffff {
			return p, true
		}
	}
	return nil, false
}

// greeting reads "Protocol::HandshakeV10".
func (d *decoder) greeting(g *Greeting) error {
	p, _ := d.next()
	r := reader{b: p}
	if v := r.uint(1); v != 10 {
		return fmt.Errorf("a greeting of version %d", v)
	}
	g.Version = r.nulString()
	g.ID = uint32(r.uint(4))
	r.take(9)
	g.Capabilities = r.uint(2)
	g.Collation = byte(r.uint(1))
	g.Status = uint16(r.uint(2))
	g.Capabilities |= r.uint(2) << 16
	r.take(7)
	extended := r.uint(4)
	if g.Capabilities&1 == 0 { // a MariaDB: CLIENT_LONG_PASSWORD is off
		g.Capabilities |= extended << 32
	}
	r.take(13)
	g.Plugin = r.nulString()
	return r.err
}

// response reads the flags of "Protocol::HandshakeResponse41".
func (d *decoder) response(p []byte, offered uint64) {
	r := reader{b: p}
	wanted := r.uint(4)
	r.take(5)
	r.take(19)
	if offered&1 == 0 && wanted&1 == 0 {
		wanted |= r.uint(4) << 32
	}
	d.caps = wanted & offered
}

// phase reads up to the OK or ERR that ends a connection phase.
func (d *decoder) phase() Reply {
	for {
		p, ok := d.next()
		switch {
		case !ok:
			return Reply{Cut: true}
		case len(p) > 0 && (p[0] == 0x00 || p[0] == 0xff):
			return d.reply(p)
		}
	}
}

func (d *decoder) exchange(p []byte) (e Exchange, err error) {
	e.Command = commandNames[p[0]]
	if e.Command == "" {
		e.Command = fmt.Sprintf("command %#x", p[0])
	}
	r := reader{b: p[1:]}
	switch p[0] {
	case comQuit, comStmtLongData, comStmtClose:
		return e, nil
	case comQuery:
		if d.has(clientQueryAttributes) {
			if n, _ := r.lenenc(); n > 0 {
				return e, fmt.Errorf("%d query attributes are not read here", n)
			}
			r.lenenc()
		}
		e.Text = string(r.b)
		e.Replies, err = d.results(false, nil)
	case comStmtPrepare:
		e.Text = string(r.b)
		e.Replies, err = d.prepare(e.Text)
	case comStmtExecute, comStmtBulkExecute:
		id := uint32(r.uint(4))
		if id == 0xffffffff {
			id = d.last
		}
		s := d.prepared[id]
		e.Text = s.text
		e.Replies, err = d.results(true, &s)
		d.prepared[id] = s
	case comStmtFetch:
		s := d.prepared[uint32(r.uint(4))]
		e.Text = s.text
		reply := Reply{}
		reply.Rows, err = d.rows(&reply, s.columns, true)
		e.Replies = []Reply{reply}
	case comFieldList:
		e.Text = r.nulString()
		e.Replies, err = d.fields()
	case comChangeUser:
		e.Replies = []Reply{d.phase()}
	case comStatistics:
		reply := Reply{Cut: true}
		if p, ok := d.next(); ok {
			reply = Reply{Text: string(p)}
		}
		e.Replies = []Reply{reply}
	default:
		if p[0] == comInitDB {
			e.Text = string(r.b)
		}
		reply := Reply{Cut: true}
		if p, ok := d.next(); ok {
			reply = d.reply(p)
		}
		e.Replies = []Reply{reply}
	}
	return e, err
}

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
	reply.Rows, err = d.rows(&reply, reply.Columns, binaryRows)
	return reply, err
}

// rows reads up to the packet that ends them, which goes to reply.
func (d *decoder) rows(reply *Reply, columns []Column, binaryRows bool) (*Rows, error) {
	rows := &Rows{}
	sum := sha256.New()
	short := 9
	if d.has(clientDeprecateEOF) {
		short = 0xffffff
	}
	for {
		p, ok := d.next()
		switch {
		case !ok:
			reply.Cut = true
		case len(p) > 0 && p[0] == 0xff:
			reply.Error = d.reply(p).Error
		case len(p) > 0 && p[0] == 0xfe && len(p) < short:
			reply.OK = d.reply(p).OK
		default:
			values, err := rowValues(p, columns, binaryRows)
			if err != nil {
				return nil, fmt.Errorf("row %d: %w", rows.Count, err)
			}
			addRow(sum, values)
			if rows.Count < keptRows {
				rows.First = append(rows.First, values)
			}
			rows.Count++
			continue
		}
		rows.Sum = hex.EncodeToString(sum.Sum(nil))
		return rows, nil
	}
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
	d.prepared[id] = statement{text, reply.Columns}
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
