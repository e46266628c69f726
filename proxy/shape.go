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
// differ, and clients size their columns by them. So the backend is asked once for the definitions of each of its own SHOWs.

// shapeKey is one SHOW of one backend, as sessions see it that have one collation.
type shapeKey struct {
	pool  *wire.Pool
	what  string
	names string
	raw   bool
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
// now, or in the binary protocol, whose rows have the types of their definitions.
func (s *session) shape(sh *front.Show) []wire.Column {
	what := shapeNames[sh.What]
	if what == "" || s.binary || s.b.Backend == nil || s.server().Family == askwire.Embedded {
		return nil
	}
	if sh.Full && (sh.What == front.ShowTables || sh.What == front.Columns) {
		what = "full " + what
	}
	key := shapeKey{s.b.Backend, what, s.collation(), s.rawResults()}
	if known, ok := s.srv.shapes.Load(key); ok {
		return slices.Clone(known.([]wire.Column))
	}
	columns, err := s.askShape(what)
	if err != nil {
		s.log("a SHOW is described by askwire: the backend did not say how it describes its own", err)
		return nil
	}
	s.srv.shapes.Store(key, columns)
	return slices.Clone(columns)
}

// askShape asks on the transaction's connection, where the session holds one, so that a session never waits for a second.
func (s *session) askShape(what string) ([]wire.Column, error) {
	st, ok := guard.ControlShow(what)
	if !ok {
		return nil, nil
	}
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
		return nil, err
	}
	defer s.giveBack(l)
	if err := l.conn.Query(st); err != nil {
		return nil, err
	}
	return l.conn.Describe(ctx)
}

// described gives own columns the definitions of the backend's SHOW, under their own headings.
func (s *session) described(sh *front.Show, own []wire.Column) []wire.Column {
	shape := s.shape(sh)
	if len(shape) != len(own) {
		return own
	}
	for i := range shape {
		shape[i].Name = own[i].Name
	}
	return shape
}
