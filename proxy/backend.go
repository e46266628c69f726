package proxy

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// lease is a backend connection for one statement.
type lease struct {
	conn *wire.Backend
	pool *wire.Pool
	kept bool // by the session: for its transaction, or for its cursors
}

// borrow takes the connection that the session keeps for its transaction or its cursors, or else one from the pool, and pins
// the session's state on it. begins says that a transaction begins where autocommit is off.
func (s *session) borrow(ctx context.Context, toStore, begins bool) (lease, error) {
	if toStore {
		if s.b.StoreBackend == nil {
			return lease{}, noStore()
		}
		return s.lease(ctx, s.b.StoreBackend, true)
	}
	if err := s.tellLost(); err != nil {
		return lease{}, err
	}
	if begins && !s.vars.autocommit && !s.tx.open {
		s.openTx()
	}
	if !s.tx.open {
		return s.lease(ctx, s.b.Backend, false)
	}
	if s.tx.conn != nil {
		return s.again(ctx, s.tx.conn, s.tx.pool, false)
	}
	l, err := s.lease(ctx, s.b.Backend, false)
	if err != nil {
		return l, err
	}
	if _, err := l.conn.Exec(ctx, guard.ControlBegin()); err != nil {
		s.giveBack(l)
		return lease{}, err
	}
	l.kept = true
	s.tx.conn, s.tx.pool = l.conn, l.pool
	return l, nil
}

func (s *session) lease(ctx context.Context, pool *wire.Pool, toStore bool) (lease, error) {
	if pool == nil {
		return lease{}, askwire.Errorf(askwire.BackendUnavailable, "The profile has no backend.").WithHint("Ask the operator.")
	}
	if s.cur.conn != nil && s.cur.pool == pool && s.cur.conn.Usable() {
		return s.again(ctx, s.cur.conn, pool, toStore)
	}
	conn, err := pool.Lend(ctx, s.task)
	if err != nil {
		return lease{}, s.reason(err)
	}
	if err := s.pin(ctx, conn, s.pinsWanted(toStore)); err != nil {
		pool.Put(conn)
		return lease{}, err
	}
	return lease{conn, pool, false}, nil
}

// again is a lease of a connection that the session keeps.
func (s *session) again(ctx context.Context, conn *wire.Backend, pool *wire.Pool, toStore bool) (lease, error) {
	l := lease{conn, pool, true}
	err := s.pin(ctx, conn, s.pinsWanted(toStore))
	if err != nil {
		s.giveBack(l)
	}
	return l, err
}

func noStore() error {
	return askwire.Errorf(askwire.BackendUnavailable, "There is no store behind this proxy.").WithHint("Configure [store].")
}

// giveBack returns a lease. A transaction whose connection is lost is over, and so are cursors.
func (s *session) giveBack(l lease) {
	if !l.conn.Usable() {
		s.lost(l.conn, nil)
	}
	if !l.kept {
		s.putBack(l.conn, l.pool)
	}
}

// reason replaces an error by the one for which the statement was cancelled, if it was.
func (s *session) reason(err error) error {
	if s.ctx.Err() == nil {
		return err
	}
	var own *askwire.Error
	if cause := context.Cause(s.ctx); errors.As(cause, &own) {
		return cause
	}
	return err
}

// job is one statement for a backend.
type job struct {
	st      guard.Statement
	toStore bool
	prep    *wire.Execute // arguments, for the answer to COM_STMT_EXECUTE
	add     *wire.Append
	notes   func()        // adds the session's notes; called before the end of the answer is written
	columns []wire.Column // definitions for the client instead of the backend's; nil = the backend's
	told    bool          // the flags on indexes are of the description as well
	again   bool          // the statement will come again, to the letter

	cursor *stmt         // that the client wants a cursor for
	wait   time.Duration // of a fetch, beyond the time of a statement
	// ended is called at the end of a cursor's rows. An answer that opens no cursor has ended when it was sent.
	ended func(res wire.RelayResult, why error)
}

// send runs a job and relays the answer. Its error is nil when the client has got the whole answer; it is a toldError
// when the client has got an error already.
//
// A connection that fails before anything was sent on it is replaced once. What was sent is never sent again, though it be a
// SELECT: the server may be at it, or may have been told to end it.
func (s *session) send(j job) (wire.RelayResult, error) {
	s.reads(j.st)
	if s.binary && j.prep == nil {
		j.prep = &wire.Execute{} // COM_STMT_EXECUTE wants its rows in the binary protocol
	}
	if j.prep != nil && !j.toStore {
		if j.cursor = s.cursorFor; j.cursor != nil {
			j.prep.Cursor = wire.CURSOR_TYPE_READ_ONLY
		}
	}
	if err := s.affordable(j); err != nil {
		return wire.RelayResult{}, err
	}
	for attempt := 0; ; attempt++ {
		l, err := s.borrow(s.ctx, j.toStore, s.begins(j.st))
		if err != nil {
			return wire.RelayResult{}, err
		}
		res, err := s.relay(l, j)
		unsent := l.conn.Unsent()
		s.giveBack(l)
		s.srv.stats.Rows.Add(res.Rows)
		s.srv.stats.BytesOut.Add(res.Bytes)
		switch {
		case err == nil && res.ServerError != nil:
			s.failed(s.masked(j.st, res.ServerError))
			return res, toldError{res.ServerError}
		case err == nil:
			s.foundRows, s.uncounted = res.Rows, false
			return res, nil
		case errors.Is(err, wire.ErrClientGone):
			return res, err
		case res.Answered:
			s.failed(err)
			return res, toldError{err}
		case attempt == 0 && unsent && !l.kept && s.ctx.Err() == nil && askwire.CodeOf(err) == askwire.BackendUnavailable:
			continue
		}
		return res, s.reason(err)
	}
}

// start sends a job's statement. p is what it was prepared as, if it was.
func (s *session) start(l lease, j job) (p *wire.Prepared, err error) {
	switch {
	case j.prep == nil && j.again && !l.kept:
		return nil, l.conn.QueryAgain(s.ctx, j.st)
	case j.prep == nil:
		return nil, l.conn.Query(j.st)
	}
	if j.cursor != nil {
		p, err = l.conn.PrepareCursor(s.ctx, j.st)
	} else {
		p, err = l.conn.Prepare(s.ctx, j.st)
	}
	if err != nil {
		if se, ok := wire.IsServerError(err); ok {
			err = s.masked(j.st, se)
		}
		return nil, err
	}
	return p, l.conn.Execute(p, arranged(j.st, *j.prep))
}

func (s *session) relay(l lease, j job) (wire.RelayResult, error) {
	if s.ctx.Err() != nil {
		return wire.RelayResult{}, s.reason(s.ctx.Err())
	}
	var started time.Time
	if j.cursor != nil {
		started = s.srv.cfg.Clock()
	}
	p, err := s.start(l, j)
	if err != nil {
		return wire.RelayResult{}, err
	}
	opt := s.relayOptions(j)
	res, err := l.conn.Relay(s.ctx, s.c, opt)
	if backend := int(res.Warnings) - len(s.warnings); err == nil && res.ServerError == nil && backend > 0 && l.conn.Usable() && s.ctx.Err() == nil {
		if j.again {
			l.conn.NotAgain(j.st)
		}
		s.fetchWarnings(l.conn, j.st)
	}
	if j.cursor != nil {
		if res.Cursor && err == nil && res.ServerError == nil {
			s.openCursor(l, j, p, res.Rest, started)
		} else if cerr := l.conn.CloseCursor(s.ctx, p); err == nil && cerr != nil {
			s.log("a statement was not given back", cerr)
		}
	}
	return res, err
}

// relayOptions say what happens to a job's answer on its way to the client.
func (s *session) relayOptions(j job) wire.RelayOptions {
	opt := wire.RelayOptions{Binary: j.prep != nil, More: s.more, Cursor: j.cursor != nil, SetStatus: s.status(), ClearStatus: math.MaxUint16 &^ keptStatus,
		MaxRows: j.st.RowLimit(), MaxBytes: int64(s.b.Profile.Limits.Bytes), Append: j.add, Columns: j.columns}
	if j.told {
		opt.ClearStatus = math.MaxUint16
	}
	if j.notes != nil {
		opt.Warnings = func() uint16 {
			j.notes()
			return uint16(len(s.warnings))
		}
	}
	if j.st.RowPolicies() {
		opt.ServerError = func(e *wire.ServerError) error { return s.masked(j.st, e) }
		opt.NoWarnings = true
		opt.ClearStatus = math.MaxUint16 // whether an index was used depends on hidden rows
	}
	return opt
}

// keptStatus are the flags that the client gets as the backend sets them.
const keptStatus = wire.SERVER_STATUS_NO_GOOD_INDEX_USED | wire.SERVER_STATUS_NO_INDEX_USED | wire.SERVER_QUERY_WAS_SLOW

// masked keeps the number of a backend's error and drops its text where a row policy is in force: MySQL puts values into
// its messages, and the value may be one of a hidden row.
func (s *session) masked(st guard.Statement, e *wire.ServerError) error {
	e = s.refused(e)
	if !st.RowPolicies() || statementErrors[e.Number] {
		return e
	}
	return &wire.ServerError{Number: e.Number, State: e.State, Message: "The backend could not work out a value of this statement. " +
		"Its message is withheld because a row policy is in force; check conversions and arithmetic."}
}

// statementErrors speak of the statement or the server, never of a value. A syntax error (1064) is not one of them: it quotes
// the text that was sent, in which the key of a hash mask may stand.
var statementErrors = map[uint16]bool{1317: true, 1969: true, 3024: true, 1205: true, 1213: true, 1040: true, 1053: true, 1054: true, 1146: true,
	1142: true, 1143: true, 1044: true, 1235: true, 2013: true, 1028: true, 1037: true, 1038: true, 1041: true, 1114: true, tableChanged: true}
