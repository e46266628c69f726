package wire

import (
	"encoding/binary"
	"strconv"

	"github.com/askwire/askwire"
)

// MaxParams is the largest number of parameters that the protocol can count.
const MaxParams = 65535

// Params is what must be remembered about a prepared statement's parameters between executes: a client may send the types
// only once, and long data before the execute. It belongs to one session.
type Params struct {
	n     int
	types []byte // 2 bytes a parameter, from the last execute that had them
	long  map[int][]byte
	size  int    // bytes in long
	few   [8]Arg // the arguments of most statements, without an allocation per execute
}

// NewParams is for a statement with n parameters.
func NewParams(n int) *Params { return &Params{n: n} }

// Len is the number of parameters.
func (p *Params) Len() int { return p.n }

// LongData takes a COM_STMT_SEND_LONG_DATA for this statement, without its statement id: 2 bytes parameter, then data. At
// most limit bytes are kept for the statement. The command has no answer; the error belongs to the next execute.
func (p *Params) LongData(b []byte, limit int) error {
	r := reader{b: b}
	i := int(r.uint16())
	if r.bad || i >= p.n {
		return askwire.Errorf(askwire.WrongArguments, "Long data for a parameter that the statement does not have.").
			WithHint("Prepare the statement again.")
	}
	if p.size+len(r.b) > limit {
		return askwire.Errorf(askwire.PacketTooLarge, "The parameters of the statement are larger than %d bytes.", limit).
			WithHint("Send less at once, or raise the limit.")
	}
	if p.long == nil {
		p.long = map[int][]byte{}
	}
	data := append(p.long[i], r.b...)
	if data == nil {
		data = []byte{}
	}
	p.long[i] = data
	p.size += len(r.b)
	return nil
}

// Reset forgets long data, as COM_STMT_RESET and every execute do.
func (p *Params) Reset() { p.long, p.size = nil, 0 }

// Execute is a COM_STMT_EXECUTE as the client sent it, checked, with everything that another server needs to run it.
type Execute struct {
	Cursor byte  // the flags byte: cursor type wanted
	Args   []Arg // one per parameter
}

// Arg is one argument. Value is as the binary protocol has it, without a length in front; nil = NULL.
type Arg struct {
	Type     Type
	Unsigned bool
	Value    []byte
}

// ParseExecute reads a COM_STMT_EXECUTE after its 4 bytes of statement id: 1 byte flags, 4 bytes iteration count; with
// parameters a NULL bitmap of (n+7)/8 bytes, 1 byte new_params_bind_flag, then 2 bytes type per parameter if that is 1, then
// the values. Types are remembered in p; long data replaces the value of its parameter and is forgotten. The values
// point into b, and Args may be used again by the next call.
func (p *Params) ParseExecute(b []byte) (Execute, error) {
	defer p.Reset()
	r := reader{b: b}
	e := Execute{Cursor: r.byte()}
	r.uint32() // always 1
	if r.bad {
		return Execute{}, malformedExecute()
	}
	if p.n == 0 {
		return e, nil
	}
	nulls := r.take((p.n + 7) / 8)
	bound := r.byte()
	if bound == 1 {
		types := r.take(2 * p.n)
		if r.bad {
			return Execute{}, malformedExecute()
		}
		p.types = append(p.types[:0], types...)
	}
	if r.bad || len(p.types) != 2*p.n {
		return Execute{}, malformedExecute()
	}
	if p.n > len(p.few) {
		e.Args = make([]Arg, p.n)
	} else {
		p.few = [8]Arg{}
		e.Args = p.few[:p.n]
	}
	for i := range e.Args {
		a := &e.Args[i]
		a.Type, a.Unsigned = Type(p.types[2*i]), p.types[2*i+1]&0x80 != 0
		if data, ok := p.long[i]; ok {
			if !a.Type.isString() {
				a.Type = MYSQL_TYPE_LONG_BLOB
			}
			a.Value = data
			continue
		}
		if nulls[i/8]&(1<<(i%8)) != 0 || a.Type == MYSQL_TYPE_NULL {
			continue
		}
		a.Value = r.binaryValue(a.Type)
		if r.bad {
			return Execute{}, malformedExecute()
		}
	}
	return e, nil
}

func malformedExecute() error {
	return askwire.Errorf(askwire.BadPacket, "A malformed COM_STMT_EXECUTE.").
		WithHint("Prepare the statement again.")
}

// isString reports whether values of the type are length-encoded strings in the binary protocol.
func (t Type) isString() bool {
	switch t {
	case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_VARCHAR, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_STRING,
		MYSQL_TYPE_BIT, MYSQL_TYPE_ENUM, MYSQL_TYPE_SET, MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB,
		MYSQL_TYPE_BLOB, MYSQL_TYPE_GEOMETRY, MYSQL_TYPE_JSON, MYSQL_TYPE_VECTOR:
		return true
	}
	return false
}

// binaryValue reads a value of the binary protocol ("Binary Protocol Value") without its length.
func (r *reader) binaryValue(t Type) []byte {
	var v []byte
	switch t {
	case MYSQL_TYPE_TINY:
		v = r.take(1)
	case MYSQL_TYPE_SHORT, MYSQL_TYPE_YEAR:
		v = r.take(2)
	case MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_FLOAT:
		v = r.take(4)
	case MYSQL_TYPE_LONGLONG, MYSQL_TYPE_DOUBLE:
		v = r.take(8)
	case MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE, MYSQL_TYPE_DATETIME, MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_TIME:
		v = r.take(int(r.byte())) // 0, 4, 7 or 11 bytes; TIME: 0, 8 or 12
		switch n := len(v); {
		case n == 0, t == MYSQL_TYPE_TIME && (n == 8 || n == 12), t != MYSQL_TYPE_TIME && (n == 4 || n == 7 || n == 11):
		default:
			r.bad = true
		}
	default:
		if !t.isString() {
			r.bad = true
			return nil
		}
		v = r.lenencString()
	}
	if v == nil && !r.bad {
		v = []byte{}
	}
	return v
}

// appendExecute appends the payload that runs statement id with e's arguments, types included.
func appendExecute(b []byte, id uint32, e Execute) []byte {
	b = append(b, byte(COM_STMT_EXECUTE))
	b = binary.LittleEndian.AppendUint32(b, id)
	b = append(b, e.Cursor, 1, 0, 0, 0)
	if len(e.Args) == 0 {
		return b
	}
	bitmap := len(b)
	for range (len(e.Args) + 7) / 8 {
		b = append(b, 0)
	}
	b = append(b, 1)
	for i := range e.Args {
		var sign byte
		if e.Args[i].Unsigned {
			sign = 0x80
		}
		b = append(b, byte(e.Args[i].Type), sign)
	}
	for i := range e.Args {
		a := &e.Args[i]
		switch {
		case a.Value == nil:
			b[bitmap+i/8] |= 1 << (i % 8)
		case a.Type.isString():
			b = appendLenencString(b, a.Value)
		case a.Type == MYSQL_TYPE_DATE, a.Type == MYSQL_TYPE_NEWDATE, a.Type == MYSQL_TYPE_DATETIME,
			a.Type == MYSQL_TYPE_TIMESTAMP, a.Type == MYSQL_TYPE_TIME:
			b = append(append(b, byte(len(a.Value))), a.Value...)
		default:
			b = append(b, a.Value...)
		}
	}
	return b
}

// NewArg is an argument of the proxy's own.
func NewArg(v askwire.Value) Arg {
	switch n, err := strconv.ParseInt(v.Text, 10, 64); {
	case v.Kind == askwire.Null:
		return Arg{Type: MYSQL_TYPE_NULL}
	case v.Kind == askwire.Int && err == nil:
		return Arg{Type: MYSQL_TYPE_LONGLONG, Value: binary.LittleEndian.AppendUint64(nil, uint64(n))}
	case v.Kind == askwire.Decimal:
		return Arg{Type: MYSQL_TYPE_NEWDECIMAL, Value: []byte(v.Text)}
	}
	return Arg{Type: MYSQL_TYPE_VAR_STRING, Value: []byte(v.Text)}
}

// Text is the argument as the text protocol would print it, with its kind; Kind is Null for NULL.
func (a Arg) Text() askwire.Value {
	if a.Value == nil {
		return askwire.Value{Kind: askwire.Null}
	}
	d := Column{Type: a.Type}
	if a.Unsigned {
		d.Flags = UNSIGNED_FLAG
	}
	v := askwire.Value{Kind: askwire.String, Text: string(appendText(nil, &d, a.Value))}
	switch a.Type {
	case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_YEAR, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG:
		v.Kind = askwire.Int
	case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE:
		v.Kind = askwire.Float
	case MYSQL_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL:
		v.Kind = askwire.Decimal
	}
	return v
}
