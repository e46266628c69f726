package wire

import (
	"bytes"
	"encoding/binary"
)

// Place says which rows of the appended column hold the text; the others hold NULL.
type Place uint8

const (
	FirstRow Place = iota
	AllRows
	LastRow
)

// Append is an additional last column with a text that depends on the head of the result. Where a cursor is opened, the sample is
// taken with the first rows that are fetched.
//
// With FirstRow and AllRows the sampled rows are held back until Text returns. With LastRow rows flow at once, one row
// behind, and Text is called when the end has come. A row of more than 64 KiB is never part of the sample, and never
// held: as a last row it has NULL.
type Append struct {
	Name  string // becomes Name_1, Name_2, … where the result has such a column
	Place Place
	Rows  int // sampled at most; zero = 200
	Bytes int // sampled at most, as they came from the backend; zero = 64 KiB

	// Sample is called once, as soon as the sample is complete: at the end, or at the first row beyond it. Its error ends the
	// answer. It may be nil.
	Sample func(*Head) error
	// Text is called once after Sample, when the text is needed; it may wait, and must return when the statement's
	// context ends. Nil = NULL in every row. A result without rows calls it too.
	Text func() *string
}

// appender adds a column to the rows of a relay.
type appender struct {
	rl       *relay
	opt      *Append
	columns  int
	clash    bool // a column of the result has the name
	sampling bool
	rows     int // bounds of the sample
	bytes    int
	sampled  int
	n        int     // rows in the sample
	held     []byte  // definitions, then the sample's rows, which wait for the text unless Place is LastRow
	pooled   *[]byte // where held lies
	rowsAt   int     // in held
	text     *string
	emitted  int64

	behind  []byte // LastRow: the row that may be the last
	waiting bool   // behind holds one
	edit    rowEdit
}

func newAppender(rl *relay, columns int) *appender {
	a := &appender{rl: rl, opt: rl.opt.Append, columns: columns, pooled: bulk.Get().(*[]byte)}
	a.held = (*a.pooled)[:0]
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

// release gives the memory of the sample back.
func (a *appender) release() {
	if a != nil && a.pooled != nil {
		bulk.Put(a.pooled)
		a.pooled, a.held = nil, nil
	}
}

// column takes a definition: catalog, schema, table, original table, name, …
func (a *appender) column(p []byte) error {
	r := reader{b: p}
	for range 4 {
		r.lenencString()
	}
	name := r.lenencString()
	if r.bad {
		return garbage("a malformed column definition")
	}
	a.clash = a.clash || bytes.EqualFold(name, []byte(a.opt.Name))
	a.held = hold(a.held, p)
	return nil
}

// definition is called when all columns are known.
func (a *appender) definition() (Column, error) {
	a.sampling, a.rowsAt = true, len(a.held)
	name := a.opt.Name
	if a.clash {
		columns := make([]Column, a.columns)
		for i, rest := 0, a.held; i < a.columns; i++ {
			var err error
			if columns[i], err = ParseColumn(nextHeld(&rest)); err != nil {
				return Column{}, err
			}
		}
		name = UniqueName(name, columns)
	}
	return LongTextColumn(name), nil
}

// holding reports whether nothing may go out yet.
func (a *appender) holding() bool { return a.sampling && a.opt.Place != LastRow }

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
		if err := a.run(); err != nil {
			return err
		}
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

// run passes the rows on that have arrived whole, as long as all that they gain is a NULL. What else there is, it leaves.
func (a *appender) run() error {
	if a.sampling || a.opt.Place == LastRow || a.text != nil && (a.opt.Place == AllRows || a.emitted == 0) {
		return nil
	}
	rl, src, dst, e := a.rl, a.rl.src, a.rl.dst, &a.edit
	bit := e.columns + 2 // of the binary protocol's NULL bitmap, which begins behind one byte
	for {
		buf := src.r[src.rpos:src.rend]
		if len(buf) <= headerSize {
			return nil
		}
		h := binary.LittleEndian.Uint32(buf)
		n := int(h & 0xffffff)
		if byte(h>>24) != src.seq || n <= e.headLength || n > len(buf)-headerSize || n+headerSize > bulkBuffer ||
			buf[headerSize] == errHeader || buf[headerSize] == eofHeader && n < 9 || rl.res.Rows >= rl.maxRows || rl.res.Bytes+int64(n) > rl.maxBytes {
			return nil
		}
		row := buf[headerSize : headerSize+n]
		dst.begin()
		at := len(dst.w)
		if dst.w = append(dst.w, row[:e.headLength]...); e.binary {
			if bit%8 == 0 {
				dst.w = append(dst.w, 0)
			}
			dst.w[at+1+bit/8] |= 1 << (bit % 8)
			dst.w = append(dst.w, row[e.headLength:]...)
		} else {
			dst.w = append(append(dst.w, row...), localFileHeader) // 0xfb: NULL
		}
		if err := dst.end(); err != nil {
			return err
		}
		src.rpos += headerSize + n
		src.seq++
		a.emitted++
		rl.res.Rows++
		rl.res.Bytes += int64(n)
	}
}

// row takes one row: into the sample as long as that has room, then to the client.
func (a *appender) row(p []byte) error {
	if a.sampling {
		if a.n < a.rows && a.sampled+len(p) <= a.bytes {
			a.held = hold(a.held, p)
			a.n++
			a.sampled += len(p)
			if a.opt.Place != LastRow {
				return nil
			}
		} else if err := a.complete(false); err != nil {
			return err
		}
	}
	_, err := a.pass(p)
	return err
}

// pass sends a row, or with LastRow the one before it, if there is one.
func (a *appender) pass(p []byte) (sent bool, err error) {
	if a.opt.Place != LastRow {
		return true, a.emit(p)
	}
	sent = a.waiting
	err = a.letGo(nil)
	a.behind, a.waiting = append(a.behind[:0], p...), true
	return sent, err
}

// big passes a row on that is too large to be sampled or held.
func (a *appender) big(n int) error {
	if a.sampling {
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
	a.sampling = false
	if err := a.tell(len(a.held), whole); err != nil {
		return err
	}
	if a.opt.Place == LastRow {
		a.release()
		return nil
	}
	if err := a.ask(); err != nil {
		return err
	}
	for rows := a.held[a.rowsAt:]; len(rows) > 0; {
		if err := a.emit(nextHeld(&rows)); err != nil {
			return err
		}
	}
	a.release()
	return nil
}

// tell passes the sample on, which ends there in what is held.
func (a *appender) tell(end int, whole bool) error {
	if a.opt.Sample == nil {
		return nil
	}
	h := Head{Complete: whole, Rows: a.n, held: a.held[:end:end], columns: a.columns, binary: a.edit.binary}
	h.Digest = h.digest()
	return a.opt.Sample(&h)
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
	if a.sampling {
		end := a.rl.src.r[a.rl.src.rpos+headerSize] == eofHeader
		if err := a.complete(end); err != nil {
			return err
		}
	}
	if a.opt.Place != LastRow || a.rl.goesOn() {
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
