package proxy

import (
	"context"
	"slices"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// The answer to a SHOW is made here or is a SELECT's, and neither looks like the server's own: types, lengths and flags would
// differ, and clients size their columns by them. The same goes for values of the session (probe.go). So the backend is asked once for
// the definitions of each of its own.

// shapeKey is one SHOW or one value of one backend, as sessions see it that have one collation.
type shapeKey struct {
	pool  *wire.Pool
	what  string
	names string
	raw   bool
	how   manner
}

// shape is what the backend says of an answer of its own.
type shape struct {
	wire.Described
	warnings []warning // of COM_STMT_PREPARE
}

// manner is how an answer is asked for: servers describe the same one otherwise at COM_STMT_PREPARE, and through a cursor.
type manner uint8

const (
	run manner = iota
	prepared
	executed
	withCursor
)

// running is how the session's own answer goes out.
func (s *session) manner() manner {
	switch {
	case s.cursorFor != nil:
		return withCursor
	case s.binary:
		return executed
	}
	return run
}

// shapeWait bounds the question: a SHOW that needs no backend must not wait for one.
const shapeWait = time.Second

var shapeNames = map[front.ShowKind]string{
	front.Databases: "databases", front.ShowTables: "tables", front.Columns: "columns", front.Indexes: "indexes", front.TableStatus: "table status",
	front.Collations: "collations", front.CharacterSets: "character sets", front.Variables: "variables", front.Status: "status",
	front.Warnings: "warnings", front.Errors: "errors", front.Engines: "engines", front.Plugins: "plugins", front.Privileges: "privileges",
	front.ProcessList: "process list", front.ProcedureStatus: "procedures", front.FunctionStatus: "functions", front.Triggers: "triggers",
	front.Events: "events", front.OpenTables: "open tables",
}

// shape is how the backend's own SHOW describes its columns, for the session's collation; nil where the backend cannot be asked
// now.
func (s *session) shape(sh *front.Show) []wire.Column {
	if s.cursorFor != nil {
		if d := s.showShape(sh, withCursor); d.Cursor {
			return s.asBackend(d)
		}
		s.cursorFor = nil // where the backend opens none there is none
	}
	d := s.showShape(sh, s.manner())
	if d.Columns == nil { // it cannot be prepared
		d = s.showShape(sh, run)
	}
	return s.asBackend(d)
}

// asBackend has the answer that is being made described as the backend's own is.
func (s *session) asBackend(d shape) []wire.Column {
	s.indexes = d.Status & keptStatus
	return slices.Clone(d.Columns)
}

// announced is how the backend describes the columns of its own SHOW at COM_STMT_PREPARE; nil also where it does so later.
func (s *session) announced(sh *front.Show) []wire.Column {
	if sh.What == front.CreateTable && s.server().Family == askwire.MariaDB {
		return s.createColumns("")
	}
	return slices.Clone(s.showShape(sh, prepared).Columns)
}

func (s *session) showShape(sh *front.Show, m manner) shape {
	what := shapeNames[sh.What]
	if what == "" {
		return shape{}
	}
	if sh.Full && (sh.What == front.ShowTables || sh.What == front.Columns) {
		what = "full " + what
	}
	st, ok := guard.ControlShow(what)
	if !ok {
		return shape{}
	}
	return s.keptShape(what, m, st)
}

// keptShape has the backend describe the last of the statements, once. It says nothing where the backend cannot, or cannot be asked now.
func (s *session) keptShape(what string, m manner, statements ...guard.Statement) shape {
	if s.b.Backend == nil || s.server().Family == askwire.Embedded {
		return shape{}
	}
	key := shapeKey{s.b.Backend, what, s.collation(), s.rawResults(), m}
	if known, ok := s.srv.shapes.Load(key); ok {
		return known.(shape)
	}
	d, err := s.askShape(m, nil, statements...)
	if _, refused := wire.IsServerError(err); err != nil && !refused {
		s.log("an answer is described by askwire: the backend did not say how it describes its own", err)
		return shape{}
	}
	s.srv.shapes.Store(key, d)
	return d
}

// aside does something on a connection for questions of the proxy's own: the transaction's, where the session holds one, so that a session
// never waits for a second. It takes at most shapeWait.
func (s *session) aside(do func(ctx context.Context, conn *wire.Backend) error) error {
	ctx, cancel := context.WithTimeout(s.ctx, shapeWait)
	defer cancel()
	l := lease{s.tx.conn, s.tx.pool, true}
	var err error
	if l.conn != nil {
		err = s.pin(ctx, l.conn, s.pinsWanted(false))
	} else {
		l, err = s.lease(ctx, s.b.Backend, false)
	}
	if err != nil {
		return err
	}
	defer s.giveBack(l)
	return do(ctx, l.conn)
}

// askShape has the backend describe the last of the statements; args are those of an EXECUTE.
func (s *session) askShape(m manner, args *wire.Execute, statements ...guard.Statement) (d shape, err error) {
	err = s.aside(func(ctx context.Context, conn *wire.Backend) error {
		last := len(statements) - 1
		for _, st := range statements[:last] {
			if _, err := conn.Exec(ctx, st); err != nil {
				return err
			}
		}
		d, err = describe(ctx, conn, m, args, statements[last])
		return err
	})
	return d, err
}

func describe(ctx context.Context, conn *wire.Backend, m manner, args *wire.Execute, st guard.Statement) (d shape, err error) {
	if m == run {
		if err := conn.Query(st); err != nil {
			return d, err
		}
		d.Described, err = conn.Describe(ctx, nil)
		return d, err
	}
	prepare, e := conn.Prepare, wire.Execute{}
	if args != nil {
		e = arranged(st, *args)
	}
	if m == withCursor {
		prepare, e.Cursor = conn.PrepareCursor, wire.CURSOR_TYPE_READ_ONLY
	}
	p, err := prepare(ctx, st)
	if err != nil {
		return d, err
	}
	if m == prepared {
		d.Columns = p.Columns
		d.warnings, err = preparedWarnings(ctx, conn, p, st)
		return d, err
	}
	defer func() {
		if cerr := conn.CloseCursor(ctx, p); err == nil {
			err = cerr
		}
	}()
	if err := conn.Execute(p, e); err != nil {
		return d, err
	}
	d.Described, err = conn.Describe(ctx, p)
	return d, err
}

// described gives own columns the definitions of the backend's SHOW, under their own headings.
func (s *session) described(sh *front.Show, own []wire.Column) []wire.Column {
	return renamed(s.shape(sh), own)
}

// renamed gives definitions the names of others, which stand for them where the numbers differ.
func renamed(shape, own []wire.Column) []wire.Column {
	if len(shape) != len(own) {
		return own
	}
	for i := range shape {
		shape[i] = shape[i].Called(own[i].Name)
	}
	return shape
}
