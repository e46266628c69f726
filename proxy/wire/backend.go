package wire

import (
	"container/list"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
)

const (
	maxControlPacket = 1 << 20 // an answer that is read whole: OK, ERR, a definition
	maxPrepared      = 128     // prepared statements kept per backend connection
	maxQuery         = 1 << 30 // a statement longer than any server takes
)

// Backend is one connection to a backend server, authenticated, in the command phase. It belongs to one goroutine at a
// time; Interrupt may be called from any.
//
// A command is sent by Query or Execute and its answer taken by Relay (or Collect, or Exec, which do both). A connection whose
// answer was not read to its end is busy: Pool.Put kills what it runs and drops it.
type Backend struct {
	// Pinned belongs to the session layer: what it has set on this connection. It is nil after connecting and after Reset.
	Pinned any
	// Charset is the session layer's word for the character set that it has set. Statements are prepared anew for another one.
	Charset string

	c       *Conn
	task    *Task // that it is lent to
	pool    *Pool // that it is of; nil = none
	addr    Address
	name    string
	thread  uint64
	version string
	busy    bool
	broken  bool
	unsent  bool // the last command did not go out, not even in part
	inTrans bool // as the server said after the last Exec
	used    time.Time
	killing *killing // under way

	prepared map[preparedKey]*list.Element
	recent   list.List // of *Prepared, most recent first
	again    again     // statements that QueryAgain sends
	cursors  int       // statements lent by PrepareCursor
	current  *Prepared // one of them, whose answer is awaited
	scratch  []byte
	rl       relay // the answer on its way: kept here so that a relay allocates nothing
}

// Prepared is a statement prepared on one backend connection.
type Prepared struct {
	Params   []Column
	Columns  []Column
	Warnings uint16
	Fresh    bool // the last Prepare has sent it: its warnings can be asked for
	Said     any  // belongs to the session layer: what the warnings are

	id   uint32
	key  preparedKey
	b    *Backend
	own  bool // lent by PrepareCursor
	open bool // its cursor is
}

// ThreadID is the server's id of the connection, for KILL.
func (b *Backend) ThreadID() uint64 { return b.thread }

// ServerVersion is what the server greeted with, without the 5.5.5- that MariaDB 10 puts before it.
func (b *Backend) ServerVersion() string { return b.version }

// Address is where the connection leads.
func (b *Backend) Address() Address { return b.addr }

// Interrupt ends what the connection is doing: Relay and the others return an error at once. It may be called from any
// goroutine while the connection is lent, not after Put; the connection is useless afterwards.
func (b *Backend) Interrupt() { b.c.Interrupt() }

// Usable reports whether another command can be sent.
func (b *Backend) Usable() bool { return !b.busy && !b.broken && !b.c.interrupted.Load() }

// Unsent reports whether the last command failed before a byte of it was sent: only then may it be sent again.
func (b *Backend) Unsent() bool { return b.unsent }

// Query sends COM_QUERY. The answer is taken by Relay.
func (b *Backend) Query(s guard.Statement) error { return b.sendStatement(COM_QUERY, s) }

// sendStatement is the one place where text reaches a backend, and it takes what only the guard can make.
func (b *Backend) sendStatement(cmd Command, s guard.Statement) error {
	if !s.Valid() {
		return askwire.Errorf(askwire.Internal, "A statement that the guard has not admitted was to be sent.")
	}
	return b.send(cmd, s.Text(), nil)
}

// send writes a command packet. Callers other than sendStatement send no text.
func (b *Backend) send(cmd Command, text string, payload []byte) error {
	b.unsent = true
	if !b.Usable() {
		return b.lost(errors.New("the connection is in use or broken"))
	}
	c := b.c
	before := c.sent
	c.ResetSequence()
	c.begin()
	c.w = append(c.w, byte(cmd))
	c.w = append(c.w, text...)
	c.w = append(c.w, payload...)
	err := c.end()
	if err == nil {
		err = c.Flush()
	}
	b.unsent = c.sent == before
	if err != nil {
		return b.lost(err)
	}
	b.busy = true
	return nil
}

// lost marks the connection broken and says so in the client's words.
func (b *Backend) lost(cause error) error {
	b.broken = true
	var own *askwire.Error
	if errors.As(cause, &own) && own.Code != askwire.BadPacket && own.Code != askwire.PacketTooLarge {
		return own
	}
	return &askwire.Error{
		Op: "wire.Backend", Code: askwire.BackendUnavailable,
		Message: fmt.Sprintf("The connection to the backend %q was lost.", b.name),
		Hint:    "Try again; if it happens again, tell the operator.",
		Err:     causeOnly{cause},
	}
}

// stopped turns a failure into the reason for which ctx ended, if it has. The connection is of no use where its answer has not ended.
func (b *Backend) stopped(ctx context.Context, err error) error {
	switch cause := context.Cause(ctx); {
	case ctx.Err() == nil:
		if b.c.interrupted.Load() {
			b.broken = true
			return interrupted(err)
		}
		return b.lost(err)
	case errors.As(cause, new(*askwire.Error)):
		b.broken = b.broken || b.busy
		return cause
	case errors.Is(cause, context.DeadlineExceeded):
		b.broken = b.broken || b.busy
		return askwire.Errorf(askwire.Timeout, "The statement took longer than it may.").
			WithHint("Ask for less at once, such as a shorter period.").Wrap(err)
	}
	b.broken = b.broken || b.busy
	return interrupted(err)
}

func interrupted(err error) error {
	return askwire.Errorf(askwire.Interrupted, "The statement was interrupted.").WithHint("Run it again.").Wrap(err)
}

// answer reads one packet of an answer that is taken whole. An ERR packet is returned as *ServerError and ends the command.
func (b *Backend) answer(ctx context.Context) ([]byte, error) {
	p, err := b.c.ReadPacket(maxControlPacket)
	switch {
	case err != nil:
		return nil, b.stopped(ctx, err)
	case len(p) == 0:
		return nil, b.lost(garbage("an empty packet"))
	case p[0] == errHeader:
		b.busy = false
		return nil, parseERR(p)
	}
	return p, nil
}

// Exec runs a statement and throws rows away: session pinning, transaction control. The server's own error comes as
// *ServerError and leaves the connection usable.
func (b *Backend) Exec(ctx context.Context, s guard.Statement) (OK, error) {
	if err := b.sendStatement(COM_QUERY, s); err != nil {
		return OK{}, err
	}
	_, ok, err := b.collect(ctx, 0, 0, false)
	if err == nil {
		b.inTrans = ok.Status&SERVER_STATUS_IN_TRANS != 0
	}
	return ok, err
}

// Ping sends COM_PING.
func (b *Backend) Ping(ctx context.Context) error { return b.simple(ctx, COM_PING) }

// Reset sends COM_RESET_CONNECTION: session variables, temporary tables and prepared statements are gone, and Pinned with
// them.
func (b *Backend) Reset(ctx context.Context) error {
	if err := b.simple(ctx, COM_RESET_CONNECTION); err != nil {
		return err
	}
	b.Pinned, b.Charset, b.prepared, b.current, b.cursors, b.inTrans = nil, "", nil, nil, 0, false
	b.recent.Init()
	b.again = again{}
	return nil
}

func (b *Backend) simple(ctx context.Context, cmd Command) error { return b.command(ctx, cmd, nil) }

// command sends a command that is answered by OK or ERR alone.
func (b *Backend) command(ctx context.Context, cmd Command, payload []byte) error {
	defer b.unwatch(b.watch(ctx))
	if err := b.send(cmd, "", payload); err != nil {
		return err
	}
	p, err := b.answer(ctx)
	if err != nil {
		return err
	}
	if p[0] != okHeader {
		return b.lost(garbage("no OK packet"))
	}
	b.busy = false
	return nil
}

// Prepare prepares a statement, or finds it among those that this connection has prepared. The oldest are closed as new
// ones come. A Prepared is valid until the next Prepare or Reset on the connection.
func (b *Backend) Prepare(ctx context.Context, s guard.Statement) (*Prepared, error) {
	key := b.key(s, false)
	if e, ok := b.prepared[key]; ok && s.Valid() {
		b.recent.MoveToFront(e)
		p := e.Value.(*Prepared)
		p.Fresh = false
		return p, nil
	}
	p, err := b.prepare(ctx, s, key)
	if err != nil {
		return nil, err
	}
	return p, b.keep(p)
}

// preparedKey: the definitions of a statement are in the character set of the time when it was prepared. One that has had a cursor is not
// executed without: MySQL then leaves out the EOF packet behind the definitions.
type preparedKey struct {
	text, charset string
	cursor        bool
}

func (b *Backend) key(s guard.Statement, cursor bool) preparedKey {
	return preparedKey{s.Text(), b.Charset, cursor}
}

// keep puts a statement among those that Prepare finds.
func (b *Backend) keep(p *Prepared) error {
	if b.prepared == nil {
		b.prepared = map[preparedKey]*list.Element{}
	}
	for b.recent.Len() >= maxPrepared {
		if err := b.CloseStmt(b.recent.Back().Value.(*Prepared)); err != nil {
			return err
		}
	}
	b.prepared[p.key] = b.recent.PushFront(p)
	return nil
}

// prepare sends COM_STMT_PREPARE and reads its answer.
func (b *Backend) prepare(ctx context.Context, s guard.Statement, key preparedKey) (*Prepared, error) {
	defer b.unwatch(b.watch(ctx))
	if err := b.sendStatement(COM_STMT_PREPARE, s); err != nil {
		return nil, err
	}
	head, err := b.answer(ctx)
	if err != nil {
		return nil, err
	}
	r := reader{b: head}
	status := r.byte()
	p := &Prepared{id: r.uint32(), key: key, b: b, Fresh: true}
	columns, params := int(r.uint16()), int(r.uint16())
	r.byte()
	p.Warnings = r.uint16()
	if r.bad || status != okHeader {
		return nil, b.lost(garbage("no COM_STMT_PREPARE_OK"))
	}
	if p.Params, err = b.definitions(ctx, params); err != nil {
		return nil, err
	}
	if p.Columns, err = b.definitions(ctx, columns); err != nil {
		return nil, err
	}
	b.busy = false
	return p, nil
}

// definitions reads n column definitions and the EOF packet behind them.
func (b *Backend) definitions(ctx context.Context, n int) ([]Column, error) {
	if n == 0 {
		return nil, nil
	}
	all, _, err := b.definitionsEnd(ctx, n)
	return all, err
}

// definitionsEnd also gives what the EOF packet says.
func (b *Backend) definitionsEnd(ctx context.Context, n int) (all []Column, end OK, err error) {
	all = make([]Column, 0, min(n, 4096))
	for range n {
		p, err := b.answer(ctx)
		if err != nil {
			return nil, end, err
		}
		d, err := ParseColumn(p)
		if err != nil {
			return nil, end, b.lost(err)
		}
		all = append(all, d)
	}
	p, err := b.answer(ctx)
	if err != nil {
		return nil, end, err
	}
	end, ok := parseEOF(p)
	if !isEOF(p) || !ok {
		return nil, end, b.lost(garbage("no EOF packet behind the definitions"))
	}
	return all, end, nil
}

// Execute sends COM_STMT_EXECUTE for a statement prepared on this connection, with the arguments that a client sent. There
// must be one per parameter. The answer is taken by Relay with Binary set. A cursor that the client wants is asked for only
// with a statement of PrepareCursor; Relay then takes Cursor as well.
func (b *Backend) Execute(p *Prepared, e Execute) error {
	if p.b != b || len(e.Args) != len(p.Params) {
		return askwire.Errorf(askwire.UnknownStatement, "The statement is not prepared on this connection.").
			WithHint("Prepare it again.")
	}
	e.Cursor &= CURSOR_TYPE_READ_ONLY
	b.current = nil
	if p.own {
		b.current, p.open = p, false
	} else {
		e.Cursor = 0
	}
	b.scratch = appendExecute(b.scratch[:0], p.id, e)
	err := b.send(COM_STMT_EXECUTE, "", b.scratch[1:])
	if cap(b.scratch) > bulkBuffer {
		b.scratch = nil
	}
	return err
}

// CloseStmt sends COM_STMT_CLOSE, which has no answer.
func (b *Backend) CloseStmt(p *Prepared) error {
	if e, ok := b.prepared[p.key]; ok && e.Value == p {
		b.recent.Remove(e)
		delete(b.prepared, p.key)
	}
	if err := b.send(COM_STMT_CLOSE, "", binary.LittleEndian.AppendUint32(nil, p.id)); err != nil {
		return err
	}
	b.busy = false
	return nil
}

// Close sends COM_QUIT where that makes sense and closes the connection.
func (b *Backend) Close() error {
	if b.Usable() {
		_ = b.c.nc.SetWriteDeadline(time.Now().Add(time.Second))
		_ = b.send(COM_QUIT, "", nil)
	}
	return b.c.Close()
}

// garbage is an answer that no server would give.
func garbage(what string) error {
	return askwire.Errorf(askwire.BadPacket, "The backend sent %s.", what).Wrap(io.ErrUnexpectedEOF)
}
