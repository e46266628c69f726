package wire

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

// CURSOR_TYPE_READ_ONLY is the flag of COM_STMT_EXECUTE that asks for a cursor: rows are taken by COM_STMT_FETCH.
const CURSOR_TYPE_READ_ONLY = 1

// cursorFlags are the status flags that speak of a cursor.
const cursorFlags = SERVER_STATUS_CURSOR_EXISTS | SERVER_STATUS_LAST_ROW_SENT

// PrepareCursor prepares a statement whose Execute may open a cursor, of which Relay then gives the Rest. It is the caller's until CloseCursor: no other Prepare
// finds it or closes it, and a pool does not lend the connection out again before.
func (b *Backend) PrepareCursor(ctx context.Context, s guard.Statement) (*Prepared, error) {
	key := b.key(s, true)
	if e, ok := b.prepared[key]; ok && s.Valid() {
		p := e.Value.(*Prepared)
		b.recent.Remove(e)
		delete(b.prepared, p.key)
		p.own = true
		b.cursors++
		return p, nil
	}
	p, err := b.prepare(ctx, s, key)
	if err != nil {
		return nil, err
	}
	p.own = true
	b.cursors++
	return p, nil
}

// fetch sends COM_STMT_FETCH for the next rows of an open cursor.
func (b *Backend) fetch(p *Prepared, rows uint32) error {
	if p.b != b || !p.own {
		return askwire.Errorf(askwire.NoCursor, "The statement has no open cursor on this connection.").WithHint("Execute it again.")
	}
	b.current = p
	return b.send(COM_STMT_FETCH, "", binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, p.id), rows))
}

// CloseCursor ends a cursor, whether it is open or not, and gives the statement back to the connection. The connection is
// broken where that fails.
func (b *Backend) CloseCursor(ctx context.Context, p *Prepared) error {
	if p.b != b || !p.own {
		return nil
	}
	p.own = false
	b.cursors--
	if b.current == p {
		b.current = nil
	}
	if !b.Usable() {
		return b.lost(errors.New("a cursor was closed in mid-answer"))
	}
	if _, again := b.prepared[p.key]; again {
		return b.CloseStmt(p) // the same text was prepared a second time meanwhile
	}
	if p.open {
		p.open = false
		if err := b.command(ctx, COM_STMT_RESET, binary.LittleEndian.AppendUint32(nil, p.id)); err != nil {
			var server *ServerError
			if errors.As(err, &server) {
				return b.CloseStmt(p) // the server has forgotten it
			}
			return err
		}
	}
	return b.keep(p)
}
