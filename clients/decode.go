package clients

import (
	"encoding/binary"
	"fmt"
)

// Decode reads what one connection sent to each side.
func Decode(fromClient, fromServer []byte) (*Transcript, error) {
	d := decoder{server: splitPackets(fromServer), prepared: map[uint32]*statement{}}
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
		if e.Command != "" {
			t.Exchanges = append(t.Exchanges, e)
		}
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
	cursor  *cursor // that its last execution has opened
}

type decoder struct {
	server   []packet
	caps     uint64
	prepared map[uint32]*statement
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

// exchange reads a command and its answer. What COM_STMT_FETCH brings belongs to the execution that opened the cursor; its command
// is "".
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
		if s == nil {
			s = &statement{}
		}
		e.Text = s.text
		e.Replies, err = d.results(true, s)
		if s.cursor = nil; err == nil && len(e.Replies) > 0 {
			s.cursor = openCursor(&e.Replies[len(e.Replies)-1])
		}
	case comStmtFetch:
		s := d.prepared[uint32(r.uint(4))]
		if s == nil || s.cursor == nil {
			reply := Reply{Cut: true}
			if p, ok := d.next(); ok {
				reply = d.reply(p)
			}
			e.Replies = []Reply{reply}
			break
		}
		e.Command, err = "", d.fetch(s)
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
