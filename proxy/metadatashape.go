package proxy

import (
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// A SELECT on information_schema answers from the scope, through a sub-select and with rows of the proxy's own, which servers describe
// otherwise than the tables themselves. So the backend is asked for the definitions of the statement as it was typed.

// metadataOnly reports whether a statement reads information_schema, and nothing else.
func metadataOnly(st guard.Statement) bool {
	r := st.Receipt()
	return r != nil && len(r.Tables) > 0 && strings.HasPrefix(r.Tables[0], "information_schema.") && onlyMetadata(st) == nil
}

// metadataShape is how the backend describes the answer to a SELECT on information_schema that the gate has admitted, at PREPARE or where it
// runs; nil where it cannot be asked now. The gate is the one that has admitted it.
func (s *session) metadataShape(sql string, gate guard.Gate, st guard.Statement, announced bool) []wire.Column {
	family := s.server().Family
	if s.b.Backend == nil || family != askwire.MariaDB && family != askwire.MySQL || !metadataOnly(st) {
		return nil
	}
	run := family == askwire.MySQL && !announced // a temporary table changes what is said there
	if run && st.Params() > 0 {
		return nil
	}
	ask, err := gate.Describing(sql, st.Params() > 0, run)
	if err != nil {
		s.log("a SELECT on information_schema is described as it is sent", err)
		return nil
	}
	key := shapeKey{s.b.Backend, ask.Text(), s.collation(), s.rawResults(), !run}
	if columns, ok := s.srv.metadata.get(key); ok {
		return columns
	}
	sh, err := s.askShape([]guard.Statement{ask}, !run)
	if _, refused := wire.IsServerError(err); err != nil && !refused {
		s.log("a SELECT on information_schema is described as it is sent", err)
		return nil
	}
	s.srv.metadata.put(key, sh.columns)
	return sh.columns
}
