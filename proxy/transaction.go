package proxy

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// tx is the session's transaction. Its backend connection is taken at its first statement, and kept until its end.
type tx struct {
	open bool // BEGIN was said, or autocommit is off and a statement has run
	said bool // BEGIN was said
	conn *wire.Backend
	pool *wire.Pool
	held atomic.Bool // open, for other goroutines
	lost bool        // with its connection, which the client has not been told of
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
	s.tx.open = true
	s.tx.held.Store(true)
}

// beginTx is BEGIN. As in MySQL it commits what is open.
func (s *session) beginTx(ctx context.Context) error {
	s.tx.lost = false
	if err := s.endTx(ctx, false); err != nil {
		return err
	}
	s.openTx()
	s.tx.said = true
	s.trackTransaction(true)
	return nil
}

// endTx is COMMIT or ROLLBACK. Without a transaction it does nothing.
func (s *session) endTx(ctx context.Context, rollback bool) error {
	if s.tx.said {
		s.trackTransaction(false)
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
		s.nextIsolation = "" // it was for this transaction
	}
	s.tx.open, s.tx.said, s.tx.conn, s.tx.pool = false, false, nil, nil
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
