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
	pool     *wire.Pool
	what     string
	names    string
	raw      bool
	prepared bool // as COM_STMT_PREPARE describes it, which can be otherwise
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

// shape is how a backend describes an answer of its own.
type shape struct {
	columns []wire.Column
	first   askwire.Sample // the first row: lengths of text follow its values
}

// shape is how the backend's own SHOW describes its columns, for the session's collation; nil where the backend cannot be asked
// now.
func (s *session) shape(sh *front.Show) []wire.Column { return s.showShape(sh, false) }

// announced is how the backend describes the columns of its own SHOW at COM_STMT_PREPARE; nil also where it does so later.
func (s *session) announced(sh *front.Show) []wire.Column {
	if sh.What == front.CreateTable && s.server().Family == askwire.MariaDB {
		return s.createColumns("")
	}
	return s.showShape(sh, true)
}

func (s *session) showShape(sh *front.Show, prepared bool) []wire.Column {
	what := shapeNames[sh.What]
	if what == "" {
		return nil
	}
	if sh.Full && (sh.What == front.ShowTables || sh.What == front.Columns) {
		what = "full " + what
	}
	st, ok := guard.ControlShow(what)
	if !ok {
		return nil
	}
	return slices.Clone(s.keptShape(what, prepared, st).columns)
}

// shapeOf has the backend describe the last of the statements, once. The shape is empty where the backend cannot, or cannot be asked now.
func (s *session) shapeOf(what string, statements ...guard.Statement) shape {
	return s.keptShape(what, false, statements...)
}

func (s *session) keptShape(what string, prepared bool, statements ...guard.Statement) shape {
	if s.b.Backend == nil || s.server().Family == askwire.Embedded {
		return shape{}
	}
	key := shapeKey{s.b.Backend, what, s.collation(), s.rawResults(), prepared}
	if known, ok := s.srv.shapes.Load(key); ok {
		return known.(shape)
	}
	sh, err := s.askShape(statements, prepared)
	if _, refused := wire.IsServerError(err); err != nil && !refused {
		s.log("an answer is described by askwire: the backend did not say how it describes its own", err)
		return shape{}
	}
	s.srv.shapes.Store(key, sh)
	return sh
}

// aside is a connection for a question of the proxy's own: the transaction's, where the session holds one, so that a session never waits
// for a second.
func (s *session) aside(ctx context.Context) (lease, error) {
	if conn := s.tx.conn; conn != nil {
		return lease{conn, s.tx.pool, true}, s.pin(ctx, conn, s.pinsWanted(false))
	}
	return s.lease(ctx, s.b.Backend, false)
}

// askShape has the backend describe the last of the statements.
func (s *session) askShape(statements []guard.Statement, prepared bool) (sh shape, err error) {
	ctx, cancel := context.WithTimeout(s.ctx, shapeWait)
	defer cancel()
	l, err := s.aside(ctx)
	if err != nil {
		return sh, err
	}
	defer s.giveBack(l)
	last := len(statements) - 1
	for _, st := range statements[:last] {
		if _, err := l.conn.Exec(ctx, st); err != nil {
			return sh, err
		}
	}
	if prepared {
		p, err := l.conn.Prepare(ctx, statements[last])
		if err == nil {
			sh.columns = p.Columns
		}
		return sh, err
	}
	if err := l.conn.Query(statements[last]); err != nil {
		return sh, err
	}
	sh.columns, sh.first, err = l.conn.Describe(ctx)
	return sh, err
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
		shape[i].Name = own[i].Name
	}
	return shape
}
