package proxy

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// cursor is an open cursor of a prepared statement: COM_STMT_EXECUTE sent its definitions, COM_STMT_FETCH takes its rows. They are the
// backend's, or the proxy's own.
type cursor struct {
	own     *wire.Rows     // nil = the backend has them
	prep    *wire.Prepared // that it has them for
	rest    *wire.Rest
	job     job
	binding *Binding // under which the statement was admitted
	gen     uint64   // of the directory
	started time.Time
	rows    int64 // sent so far
	bytes   int64
}

// cursors are a session's open ones. They live on one backend connection, which the session keeps while there is one and
// uses for everything else too: a session never holds two connections of a pool, so sessions cannot wait for each other.
type cursors struct {
	conn *wire.Backend
	pool *wire.Pool
	open int
	held atomic.Bool // conn is set, for other goroutines
}

// openOwn keeps rows of the proxy's own for COM_STMT_FETCH.
func (s *session) openOwn(p *stmt, rows *wire.Rows) {
	p.cursor = &cursor{own: rows, binding: s.b, gen: s.gen}
}

// openCursor keeps a cursor that the backend has opened, and its connection.
func (s *session) openCursor(l lease, j job, prep *wire.Prepared, rest *wire.Rest, started time.Time) {
	j.cursor.cursor = &cursor{prep: prep, rest: rest, job: j, binding: s.b, gen: s.gen, started: started}
	s.cur.conn, s.cur.pool = l.conn, l.pool
	s.cur.open++
	s.cur.held.Store(true)
}

// closeCursor ends a statement's cursor, if it has one. why is the error it ended in, for the history.
func (s *session) closeCursor(p *stmt, why error) {
	c := p.cursor
	if c == nil {
		return
	}
	p.cursor = nil
	if c.own != nil {
		return
	}
	conn := s.cur.conn
	if conn.Usable() {
		ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
		if err := conn.CloseCursor(ctx, c.prep); err != nil {
			conn.Interrupt()
		}
		cancel()
	}
	if c.job.ended != nil {
		c.job.ended(wire.RelayResult{Rows: c.rows, Bytes: c.bytes}, why)
	}
	if s.cur.open--; s.cur.open > 0 {
		return
	}
	pool := s.cur.pool
	s.cur.conn, s.cur.pool = nil, nil
	s.cur.held.Store(false)
	s.putBack(conn, pool)
}

// closeCursors ends all of them.
func (s *session) closeCursors(why error) {
	for _, p := range s.stmts {
		s.closeCursor(p, why)
	}
}

// putBack gives a connection to its pool, unless the transaction or a cursor still needs it.
func (s *session) putBack(conn *wire.Backend, pool *wire.Pool) {
	if conn != s.tx.conn && conn != s.cur.conn {
		pool.Put(conn)
	}
}

// fetch is COM_STMT_FETCH: 4 bytes statement id, 4 bytes number of rows.
func (s *session) fetch(b []byte) error {
	p, b, err := s.stmt(b, "FETCH")
	if err != nil {
		return err
	}
	if len(b) < 4 {
		return askwire.Errorf(askwire.BadPacket, "A malformed COM_STMT_FETCH.").WithHint("Prepare the statement again.")
	}
	rows := binary.LittleEndian.Uint32(b)
	s.begin(p.text, s.statementTime()+timeGrace)
	defer s.finish()
	if p.cursor == nil || p.cursor.own == nil {
		s.warnings = s.warnings[:0]
	}
	if err := s.fresh(); err != nil {
		return err
	}
	if err := s.stillAdmitted(p); err != nil {
		return err
	}
	c := p.cursor
	if c == nil {
		return askwire.Errorf(askwire.NoCursor, "The statement has no open cursor.").WithHint("Execute it again.")
	}
	if c.own != nil {
		return s.fetchOwn(p, rows)
	}
	s.setDeadline(s.statementTime() + timeGrace + c.job.wait)
	opt := s.relayOptions(c.job)
	opt.Binary, opt.Cursor, opt.Rest, opt.Rows, opt.SentRows, opt.SentBytes = true, false, c.rest, rows, c.rows, c.bytes
	opt.MaxBytes = int64(c.binding.Profile.Limits.Bytes)
	res, err := s.cur.conn.Relay(s.ctx, s.c, opt)
	c.rows += res.Rows
	c.bytes += res.Bytes
	s.srv.stats.Rows.Add(res.Rows)
	s.srv.stats.BytesOut.Add(res.Bytes)
	s.foundRows = c.rows
	switch {
	case err == nil && res.ServerError != nil:
		err = s.masked(c.job.st, res.ServerError)
		s.failed(err)
		s.closeCursor(p, err)
		return toldError{err}
	case err == nil && !res.Cursor:
		s.closeCursor(p, nil)
		return nil
	case err == nil:
		return nil
	}
	conn := s.cur.conn
	s.closeCursor(p, err)
	if !conn.Usable() {
		s.lost(conn, err)
	}
	switch {
	case errors.Is(err, wire.ErrClientGone):
		return err
	case res.Answered:
		s.failed(err)
		return toldError{err}
	}
	return s.reason(err)
}

// fetchOwn sends rows that the proxy has made.
func (s *session) fetchOwn(p *stmt, rows uint32) error {
	_, more, err := s.c.Fetch(p.cursor.own, rows, s.status(), s.warningCount())
	if !more {
		p.cursor = nil
	}
	return err
}

// stillAdmitted asks the gate again when the rights or the tables have changed since the cursor was opened: what they take
// away ends it. A question would have to be asked again.
func (s *session) stillAdmitted(p *stmt) error {
	c := p.cursor
	if c == nil || c.gen == s.gen {
		return nil
	}
	var err error
	same := c.binding.Policy.Digest() == s.b.Policy.Digest() && maps.Equal(c.binding.Vars, s.b.Vars)
	if p.sql != "" {
		err = s.readmit(p)
		same = p.st.Text() == c.job.st.Text()
	}
	if err == nil && !same {
		err = askwire.Errorf(askwire.Interrupted, "Your rights have changed since the cursor was opened.").WithHint("Execute the statement again.")
	}
	if err != nil {
		s.closeCursor(p, err)
		return err
	}
	c.binding, c.gen = s.b, s.gen
	return nil
}

// lost is called when a kept connection failed: the transaction and the cursors on it are over.
func (s *session) lost(conn *wire.Backend, why error) {
	if conn == s.cur.conn {
		for _, p := range s.stmts {
			if p.cursor != nil && p.cursor.own == nil {
				s.closeCursor(p, why)
			}
		}
	}
	if conn == s.tx.conn {
		s.dropTx()
		s.tx.lost = true
	}
}
