package proxy

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// tx is the session's transaction. Its backend connection is taken at its first statement, and kept until its end.
type tx struct {
	open     bool // BEGIN was said, or autocommit is off and a statement has run
	said     bool // BEGIN was said
	readOnly bool // the client has asked for that: it is so in any case
	conn     *wire.Backend
	pool     *wire.Pool
	held     atomic.Bool // open, for other goroutines
	lost     bool        // with its connection, which the client has not been told of
	told     string      // state that the client has been told of last

	savepoints []string // names, in the order of their making
}

var errTxLost = askwire.Errorf(askwire.Interrupted, "The transaction was rolled back, because its connection to the backend was lost.").WithHint("Begin it again.")

// tellLost is an error, once, where a transaction was lost: its next statement would not be part of it.
func (s *session) tellLost() error {
	if !s.tx.lost {
		return nil
	}
	s.tx.lost = false
	return errTxLost
}

// begins reports whether a statement begins the transaction that autocommit = 0 promises: one that reads tables, to which MariaDB does not
// count those of information_schema.
func (s *session) begins(st guard.Statement) bool {
	switch r := st.Receipt(); s.server().Family {
	case askwire.MariaDB:
		return r != nil && len(r.Tables) > 0 && !metadataOnly(st)
	case askwire.MySQL:
		return r != nil && len(r.Tables) > 0
	}
	return true
}

func (s *session) openTx() {
	s.tx.open, s.tx.readOnly = true, s.readOnly()
	s.tx.held.Store(true)
}

// readOnly reports whether the client has asked for the next transaction to be read-only.
func (s *session) readOnly() bool {
	if s.nextReadOnly != "" {
		return s.nextReadOnly == "ON"
	}
	for _, n := range []string{"transaction_read_only", "tx_read_only"} {
		if v, ok := s.vars.set[n]; ok {
			return v == "ON"
		}
	}
	return false
}

// beginTx is BEGIN. As in MySQL it commits what is open.
func (s *session) beginTx(ctx context.Context, b front.Begin) error {
	s.tx.lost = false
	if err := s.endTx(ctx, false); err != nil {
		return err
	}
	s.openTx()
	s.tx.said = true
	if b.ReadOnly || b.ReadWrite {
		s.tx.readOnly = b.ReadOnly
	}
	state := begunState
	if b.Snapshot {
		state = snapshotState
	}
	s.trackTransaction(state)
	return nil
}

// endOrChain is COMMIT or ROLLBACK, after which another transaction of the same kind may begin.
func (s *session) endOrChain(ctx context.Context, e front.End) error {
	readOnly := s.tx.readOnly
	if err := s.endTx(ctx, e.Rollback); err != nil || !e.Chain {
		return err
	}
	s.openTx()
	s.tx.said, s.tx.readOnly = true, readOnly
	s.trackTransaction(begunState)
	return nil
}

// endTx is COMMIT or ROLLBACK. Without a transaction it does nothing.
func (s *session) endTx(ctx context.Context, rollback bool) error {
	if s.tx.said {
		s.trackTransaction(noState)
	}
	if s.tx.conn == nil {
		s.closeTx()
		if err := s.tellLost(); !rollback {
			return err
		}
		return nil
	}
	st := guard.ControlCommit()
	if rollback {
		st = guard.ControlRollback()
	}
	conn, pool := s.tx.conn, s.tx.pool
	s.closeTx()
	_, err := conn.Exec(ctx, st)
	if !conn.Usable() {
		s.lost(conn, err)
	}
	s.putBack(conn, pool)
	return err
}

func (s *session) closeTx() {
	if s.tx.open {
		s.nextIsolation, s.nextReadOnly = "", "" // they were for this transaction
	}
	s.tx.savepoints = nil
	s.tx.open, s.tx.said, s.tx.readOnly, s.tx.conn, s.tx.pool = false, false, false, nil, nil
	s.tx.held.Store(false)
}

// dropTx rolls back what is open, whatever became of the client. A connection on which that fails is closed by the pool.
func (s *session) dropTx() {
	if conn := s.tx.conn; conn != nil {
		if conn.Usable() {
			ctx, cancel := context.WithTimeout(context.Background(), rollbackTime)
			if _, err := conn.Exec(ctx, guard.ControlRollback()); err != nil {
				conn.Interrupt()
			}
			cancel()
		}
		pool := s.tx.pool
		s.closeTx()
		if !conn.Usable() {
			s.lost(conn, nil)
		}
		s.putBack(conn, pool)
	}
	s.closeTx()
}

const rollbackTime = 2 * time.Second
