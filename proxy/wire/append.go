package wire

import (
	"encoding/binary"

	"github.com/askwire/askwire"
)

const (
	defaultSampleRows  = 200
	defaultSampleBytes = 64 << 10
)

// sampler decodes rows as text. All values lie in one buffer until finish, so that a sample costs a few allocations, not
// one per value.
type sampler struct {
	columns []Column
	binary  bool
	names   askwire.Sample
	rows    int
	text    []byte
	ends    []int32 // of each value in text; -1 = NULL
}

func newSampler(columns []Column, binary bool) *sampler {
	s := &sampler{columns: columns, binary: binary}
	for i := range columns {
		s.names.Columns = append(s.names.Columns, columns[i].Name)
		s.names.Types = append(s.names.Types, columns[i].TypeName())
	}
	return s
}

// add decodes one row's payload.
func (s *sampler) add(p []byte) error {
	r := reader{b: p}
	var nulls []byte
	if s.binary {
		r.take(1)
		nulls = r.take((len(s.columns) + 9) / 8)
	}
	for i := range s.columns {
		null := r.bad
		switch {
		case null:
		case s.binary:
			if null = nulls[(i+2)/8]&(1<<((i+2)%8)) != 0; !null {
				if v := r.binaryValue(s.columns[i].Type); !r.bad {
					s.text = appendText(s.text, &s.columns[i], v)
				}
			}
		case len(r.b) > 0 && r.b[0] == localFileHeader: // 0xfb: NULL
			r.take(1)
			null = true
		default:
			s.text = append(s.text, r.lenencString()...)
		}
		if null {
			s.ends = append(s.ends, -1)
		} else {
			s.ends = append(s.ends, int32(len(s.text)))
		}
	}
	if r.bad || len(r.b) > 0 {
		return garbage("a malformed row")
	}
	s.rows++
	return nil
}

// finish returns the sample. Its values share their memory.
func (s *sampler) finish(complete bool) askwire.Sample {
	out := s.names
	out.Complete = complete
	all := string(s.text)
	values, cells := make([]string, len(s.ends)), make([]*string, len(s.ends))
	start := int32(0)
	for i, end := range s.ends {
		if end < 0 {
			continue
		}
		values[i] = all[start:end]
		cells[i] = &values[i]
		start = end
	}
	if s.rows > 0 {
		out.Rows = make([][]*string, s.rows)
	}
	n := len(s.columns)
	for i := range out.Rows {
		out.Rows[i] = cells[i*n : (i+1)*n : (i+1)*n]
	}
	return out
}

// appender adds a column to the rows of a relay.
type appender struct {
	rl      *relay
	opt     *Append
	columns []Column
	s       *sampler // nil when the sample is complete
	rows    int      // bounds of the sample
	bytes   int
	sampled int
	held    []byte // rows waiting for the text, each with 4 bytes of length before it
	text    *string
	emitted int64

	behind  []byte // LastRow: the row that may be the last
	waiting bool   // behind holds one
	edit    rowEdit
}

func newAppender(rl *relay, columns int) *appender {
	a := &appender{rl: rl, opt: rl.opt.Append, columns: make([]Column, 0, min(columns, 4096))}
	a.rows, a.bytes = a.opt.Rows, a.opt.Bytes
	if a.rows <= 0 {
		a.rows = defaultSampleRows
	}
	if a.bytes <= 0 {
		a.bytes = defaultSampleBytes
	}
	a.edit = rowEdit{binary: rl.opt.Binary, columns: columns}
	if rl.opt.Binary {
		a.edit.headLength = 1 + (columns+9)/8
	}
	return a
}

func (a *appender) column(p []byte) error {
	d, err := ParseColumn(p)
	a.columns = append(a.columns, d)
	return err
}

// definition is called when all columns are known.
func (a *appender) definition() Column {
	a.s = newSampler(a.columns, a.rl.opt.Binary)
	return LongTextColumn(UniqueName(a.opt.Name, a.columns))
}

// holding reports whether nothing may go out yet.
func (a *appender) holding() bool { return a.s != nil && a.opt.Place != LastRow }

// rowEdit is the change of one row: the NULL bitmap of a binary row gains a bit, and sometimes a byte, and the value comes
// last.
type rowEdit struct {
	binary     bool
	columns    int // without the appended one
	headLength int // bytes at the row's start that change
	null       bool
	suffix     []byte
	buf        []byte
}

// set prepares the edit for a text, or NULL.
func (e *rowEdit) set(text *string) {
	e.null = text == nil
	e.suffix = e.suffix[:0]
	switch {
	case text != nil:
		e.suffix = appendLenencString(e.suffix, *text)
	case !e.binary:
		e.suffix = append(e.suffix, localFileHeader) // 0xfb: NULL
	}
}

// head returns the row's new start: 0x00 and a bitmap of (n+9)/8 bytes, for one column more.
func (e *rowEdit) head(old []byte) []byte {
	e.buf = append(e.buf[:0], old...)
	if !e.binary {
		return e.buf
	}
	if bit := e.columns + 2; bit%8 == 0 {
		e.buf = append(e.buf, 0)
	}
	if bit := e.columns + 2; e.null {
		e.buf[1+bit/8] |= 1 << (bit % 8)
	} else {
		e.buf[1+bit/8] &^= 1 << (bit % 8)
	}
	return e.buf
}

// appended passes rows on with a column more.
func (rl *relay) appended() error {
	a, src := rl.app, rl.src
	for {
		if err := rl.need(headerSize); err != nil {
			return err
		}
		h := binary.LittleEndian.Uint32(src.r[src.rpos:])
		n := int(h & 0xffffff)
		if byte(h>>24) != src.seq || n == 0 {
			return garbage("rows out of order")
		}
		if err := rl.need(headerSize + 1); err != nil {
			return err
		}
		if first := src.r[src.rpos+headerSize]; first == errHeader {
			return rl.last()
		} else if first == eofHeader && n < 9 {
			if err := rl.need(headerSize + n); err != nil {
				return err
			}
			if err := a.finish(); err != nil {
				return err
			}
			return rl.last()
		}
		if rl.res.Rows >= rl.maxRows || rl.res.Bytes+int64(n) > rl.maxBytes {
			if err := a.finish(); err != nil {
				return err
			}
			return rl.last()
		}
		if n+headerSize > bulkBuffer {
			if err := a.big(n); err != nil {
				return err
			}
			continue
		}
		if err := rl.need(headerSize + n); err != nil {
			return err
		}
		p := src.r[src.rpos+headerSize : src.rpos+headerSize+n]
		src.rpos += headerSize + n
		src.seq++
		rl.res.Rows++
		rl.res.Bytes += int64(n)
		if err := a.row(p); err != nil {
			return err
		}
	}
}

// row takes one row: into the sample as long as that has room, then to the client.
func (a *appender) row(p []byte) error {
	if a.s != nil {
		if a.s.rows < a.rows && a.sampled+len(p) <= a.bytes {
			if err := a.s.add(p); err != nil {
				return err
			}
			a.sampled += len(p)
			if a.opt.Place != LastRow {
				a.held = binary.LittleEndian.AppendUint32(a.held, uint32(len(p)))
				a.held = append(a.held, p...)
				return nil
			}
		} else if err := a.complete(false); err != nil {
			return err
		}
	}
	if a.opt.Place != LastRow {
		return a.emit(p)
	}
	if err := a.letGo(nil); err != nil {
		return err
	}
	a.behind, a.waiting = append(a.behind[:0], p...), true
	return nil
}

// big passes a row on that is too large to be sampled or held.
func (a *appender) big(n int) error {
	if a.s != nil {
		if err := a.complete(false); err != nil {
			return err
		}
	}
	if err := a.letGo(nil); err != nil {
		return err
	}
	a.edit.set(a.next())
	return a.rl.big(n, &a.edit)
}

// complete ends the sample: from here on the text is known, or, with LastRow, being made.
func (a *appender) complete(whole bool) error {
	s := a.s
	a.s = nil
	if a.opt.Sample != nil {
		a.opt.Sample(s.finish(whole))
	}
	if a.opt.Place == LastRow {
		return nil
	}
	if err := a.ask(); err != nil {
		return err
	}
	for held := a.held; len(held) > 0; {
		n := int(binary.LittleEndian.Uint32(held))
		if err := a.emit(held[4 : 4+n]); err != nil {
			return err
		}
		held = held[4+n:]
	}
	a.held = nil
	return nil
}

// ask gets the text.
func (a *appender) ask() error {
	if a.opt.Text != nil {
		a.text = a.opt.Text()
	}
	return a.rl.ctx.Err()
}

// finish is called when no more rows come, before the end is written.
func (a *appender) finish() error {
	if a.s != nil {
		end := a.rl.src.r[a.rl.src.rpos+headerSize] == eofHeader
		if err := a.complete(end); err != nil {
			return err
		}
	}
	if a.opt.Place != LastRow {
		return nil
	}
	if err := a.ask(); err != nil {
		return err
	}
	return a.letGo(a.text)
}

// letGo sends the row that was kept behind.
func (a *appender) letGo(text *string) error {
	if !a.waiting {
		return nil
	}
	a.waiting = false
	return a.emitWith(a.behind, text)
}

// next is the text of the next row to be sent.
func (a *appender) next() *string {
	a.emitted++
	if a.opt.Place == AllRows || a.opt.Place == FirstRow && a.emitted == 1 {
		a.rl.res.TextShown = a.rl.res.TextShown || a.text != nil
		return a.text
	}
	return nil
}

func (a *appender) emit(p []byte) error {
	text := a.next()
	if text == nil && !a.edit.binary {
		// The common case, without going through the edit.
		dst := a.rl.dst
		dst.begin()
		dst.w = append(append(dst.w, p...), localFileHeader) // 0xfb: NULL
		return dst.end()
	}
	return a.emitWith(p, text)
}

func (a *appender) emitWith(p []byte, text *string) error {
	if len(p) < a.edit.headLength {
		return garbage("a row that is too short")
	}
	a.rl.res.TextShown = a.rl.res.TextShown || text != nil
	a.edit.set(text)
	dst := a.rl.dst
	dst.begin()
	dst.w = append(dst.w, a.edit.head(p[:a.edit.headLength])...)
	dst.w = append(dst.w, p[a.edit.headLength:]...)
	dst.w = append(dst.w, a.edit.suffix...)
	return dst.end()
}
