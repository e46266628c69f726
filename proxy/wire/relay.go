package wire

import (
	"context"
	"errors"
	"fmt"
	"math"
)

const maxColumns = 65535

// RelayOptions say what happens to an answer on its way to the client. The zero value passes it on.
type RelayOptions struct {
	Binary bool // rows are in the binary protocol: the answer to Execute
	More   bool // another answer follows: SERVER_MORE_RESULTS_EXISTS is set at the end

	// SetStatus and ClearStatus change the status flags that the client sees; the rest are the backend's.
	SetStatus, ClearStatus Status

	// MaxRows and MaxBytes bound the rows sent and their bytes; zero means no bound. One more ends the answer with error
	// 50305.
	MaxRows, MaxBytes int64

	// SentRows and SentBytes are what earlier fetches of the same cursor have sent; they count towards the bounds.
	SentRows, SentBytes int64

	// Cursor says that a cursor was asked for: the answer may end behind the definitions.
	Cursor bool
	// Rest has Relay fetch the next Rows rows of an open cursor: nothing was sent before.
	Rest *Rest
	Rows uint32

	// Columns are the definitions that the client gets instead of the backend's, under the backend's names; the zero definition stands for
	// the backend's own. They are not used where their number differs, nor in the binary protocol for a column whose values have other bytes in that type.
	Columns []Column

	// Append adds a column.
	Append *Append

	// Warnings is called before the end is written; its result is added to the backend's warning count. Nil adds none.
	Warnings func() uint16

	// NoWarnings keeps from the client that the backend warned of anything.
	NoWarnings bool

	// ServerError may replace an error of the backend by another one. Nil passes it on unchanged.
	ServerError func(*ServerError) error
}

// RelayResult is what passed.
type RelayResult struct {
	// Answered reports whether anything of this answer went to the client. When Relay fails and Answered is false the
	// client waits for an answer: the caller may try another connection, or write the error.
	Answered bool
	// More reports that the backend has another result of the same command: call Relay again.
	More bool
	// Cursor reports that a cursor is open on the backend. Its rows are in Rest.
	Cursor bool
	Rest   *Rest

	Rows, Bytes  int64 // of the result set, as the backend sent them
	Affected     uint64
	LastInsertID uint64
	Warnings     uint16 // as told to the client
	Status       Status // as told to the client
	TextShown    bool   // the appended text is in at least one row

	// ServerError is the backend's error, when the answer ended in one; Relay itself did not fail then.
	ServerError *ServerError
}

// Relay takes the answer to the last Query or Execute and streams it to dst as bytes: sequence ids and the ends of
// definitions and rows are rewritten for dst's capabilities, nothing is decoded, and nothing is allocated per row. Rows that
// have arrived are flushed before Relay waits for more; the end is left in dst's write buffer for the caller's Flush.
//
// A failure is one of: an *askwire.Error, which has been written to dst if RelayResult.Answered; or ErrClientGone, after
// which dst must be closed. Whenever the answer was not read to its end, the connection stays busy. ctx ends the relay with
// error 1317, or 3024 when its deadline has passed, or its cause if that is an *askwire.Error.
func (b *Backend) Relay(ctx context.Context, dst *Conn, opt RelayOptions) (RelayResult, error) {
	defer b.unwatch(b.watch(ctx))
	defer func() {
		b.rl.app.release()
		b.rl = relay{} // holds on to nothing of the session
	}()
	rl := &b.rl
	*rl = relay{
		ctx: ctx, b: b, src: b.c, dst: dst, opt: opt, mark: len(dst.w), seq: dst.seq, sent: dst.sent,
		maxRows: math.MaxInt64, maxBytes: math.MaxInt64,
	}
	if opt.MaxRows > 0 {
		rl.maxRows = opt.MaxRows - opt.SentRows
	}
	if opt.MaxBytes > 0 {
		rl.maxBytes = opt.MaxBytes - opt.SentBytes
	}
	if err := rl.run(); err != nil {
		if errors.Is(err, ctx.Err()) && rl.rows && b.busy && !b.c.interrupted.Load() {
			rl.drain(math.MaxInt) // the server has been told to end it
		}
		return rl.fail(err)
	}
	rl.res.Answered = true
	return rl.res, nil
}

// relay is one answer on its way.
type relay struct {
	ctx  context.Context
	b    *Backend
	src  *Conn
	dst  *Conn
	opt  RelayOptions
	res  RelayResult
	mark int   // length of dst's write buffer before
	seq  byte  // of dst before
	sent int64 // of dst before

	maxRows, maxBytes int64
	rows              bool // the definitions have passed, and the backend's next packet is a row or the end
	torn              bool // part of a packet has gone to dst: no ERR packet can follow
	told              bool // the error has been written to dst

	app *appender
	rec recoder // where the client is told other definitions
}

// fail decides what the client still can be told.
func (rl *relay) fail(err error) (RelayResult, error) {
	if rl.dst.werr != nil {
		return rl.res, rl.dst.werr
	}
	if rl.told {
		rl.res.Answered = true
		return rl.res, err
	}
	err = rl.b.stopped(rl.ctx, err)
	switch {
	case rl.torn:
		rl.res.Answered = true
		return rl.res, fmt.Errorf("%w: a row could not be completed: %w", ErrClientGone, err)
	case rl.dst.sent == rl.sent:
		rl.dst.w = rl.dst.w[:min(rl.mark, len(rl.dst.w))]
		rl.dst.seq = rl.seq
		return rl.res, err
	}
	rl.res.Answered = true
	if werr := rl.dst.WriteError(err); werr != nil {
		return rl.res, werr
	}
	return rl.res, err
}

func (rl *relay) run() error {
	if rl.opt.Rest != nil {
		rl.rows = true
		return rl.fetched(rl.opt.Rest)
	}
	rl.src.await()
	rl.src.bulkRead()
	p, err := rl.src.ReadPacket(maxControlPacket)
	if err != nil {
		return err
	}
	if len(p) == 0 {
		return garbage("an empty packet")
	}
	switch p[0] {
	case okHeader:
		ok, good := parseOK(p)
		if !good {
			return garbage("a malformed OK packet")
		}
		return rl.ok(ok)
	case errHeader:
		return rl.serverError(p)
	case localFileHeader:
		return garbage("a LOCAL INFILE request")
	}
	head := reader{b: p}
	n := head.lenenc()
	if head.bad || n == 0 || n > maxColumns {
		return garbage("a malformed column count")
	}
	if done, err := rl.definitions(int(n)); done || err != nil {
		return err
	}
	rl.rows = true
	switch {
	case rl.app != nil:
		return rl.appended()
	case rl.opt.Binary && rl.rec.changes():
		return rl.recoded()
	}
	return rl.plain()
}

func (rl *relay) ok(ok OK) error {
	rl.res.Affected, rl.res.LastInsertID = ok.Affected, ok.LastInsertID
	rl.end(ok)
	ok.Status, ok.Warnings = rl.res.Status, rl.res.Warnings
	return rl.dst.WriteOK(ok)
}

// end takes over what the backend's last packet says.
func (rl *relay) end(ok OK) {
	if rl.opt.NoWarnings {
		ok.Warnings = 0
	}
	rl.res.More = ok.Status&SERVER_MORE_RESULTS_EXISTS != 0
	rl.b.busy = rl.res.More
	rl.res.Status = ok.Status&^rl.opt.ClearStatus | rl.opt.SetStatus
	if r := rl.opt.Rest; rl.opt.Cursor || r != nil {
		rl.res.Status |= ok.Status & cursorFlags
		rl.res.Cursor = (r != nil || ok.Status&SERVER_STATUS_CURSOR_EXISTS != 0) && ok.Status&SERVER_STATUS_LAST_ROW_SENT == 0
		p := rl.b.current
		if r != nil {
			p = r.prep
		}
		if p != nil {
			p.open = rl.res.Cursor && (r == nil || !r.ended)
		}
	}
	if rl.opt.More {
		rl.res.Status |= SERVER_MORE_RESULTS_EXISTS
	}
	rl.res.Warnings = ok.Warnings
	if rl.opt.Warnings != nil {
		if n := rl.opt.Warnings(); n > math.MaxUint16-ok.Warnings {
			rl.res.Warnings = math.MaxUint16
		} else {
			rl.res.Warnings += n
		}
	}
}

// serverError passes an ERR packet of the backend on.
func (rl *relay) serverError(p []byte) error {
	rl.b.busy = false
	e := parseERR(p)
	if rl.ctx.Err() != nil {
		return e // it was told to end, and TiDB has several numbers for that: fail says why
	}
	rl.res.ServerError = e
	if rl.opt.ServerError != nil {
		if err := rl.opt.ServerError(rl.res.ServerError); err != nil {
			return rl.dst.WriteError(err)
		}
	}
	return rl.dst.WritePacket(p)
}

// definitions passes the column count, the definitions and the EOF packet behind them on. It is true where the answer ends
// there, because a cursor was opened.
func (rl *relay) definitions(n int) (done bool, err error) {
	out := n
	if rl.opt.Append != nil {
		rl.app = newAppender(rl, n)
		out++
	}
	dst := rl.dst
	dst.begin()
	dst.w = appendLenenc(dst.w, uint64(out))
	if err := dst.end(); err != nil {
		return false, err
	}
	instead := rl.opt.Columns
	if len(instead) != n {
		instead = nil
	}
	for i := range n {
		p, err := rl.src.ReadPacket(maxControlPacket)
		if err != nil {
			return false, err
		}
		if len(p) == 0 || p[0] == errHeader {
			return false, garbage("no column definition")
		}
		if instead != nil {
			d, err := ParseColumn(p)
			if err != nil {
				return false, err
			}
			c := told(instead[i], d, rl.opt.Binary)
			rl.rec.from, rl.rec.to = append(rl.rec.from, d), append(rl.rec.to, c)
			if err := dst.WriteColumn(c); err != nil {
				return false, err
			}
			continue
		}
		if rl.app != nil {
			if err := rl.app.column(p); err != nil {
				return false, err
			}
		}
		write := dst.WritePacket
		if rl.src.extended || dst.extended {
			write = dst.WriteDefinition
		}
		if err := write(p); err != nil {
			return false, err
		}
	}
	p, err := rl.src.ReadPacket(maxControlPacket)
	if err != nil {
		return false, err
	}
	ok, good := parseEOF(p)
	if !isEOF(p) || !good {
		return false, garbage("no EOF packet behind the definitions")
	}
	if rl.app != nil {
		d, err := rl.app.definition()
		if err == nil {
			err = dst.WriteColumn(d)
		}
		if err != nil {
			return false, err
		}
	}
	if rl.opt.Cursor && ok.Status&SERVER_STATUS_CURSOR_EXISTS != 0 {
		rl.end(ok)
		rl.res.Rest = rl.rest()
		return true, dst.WriteEOF(rl.res.Status, rl.res.Warnings)
	}
	if rl.opt.NoWarnings {
		ok.Warnings = 0
	}
	return false, dst.WriteDefinitionsEOF(ok.Status&^rl.opt.ClearStatus|rl.opt.SetStatus, ok.Warnings)
}
