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

// metadataShape is how the backend describes the answer to a SELECT on information_schema that the gate has admitted, in a manner; nil where
// it cannot be asked now. The gate is the one that has admitted it, and args are those of an EXECUTE.
func (s *session) metadataShape(sql string, gate guard.Gate, st guard.Statement, m manner, args *wire.Execute) shape {
	family := s.server().Family
	if s.b.Backend == nil || family != askwire.MariaDB && family != askwire.MySQL || !metadataOnly(st) {
		return shape{}
	}
	ask, err := gate.Describing(sql, st.Params() > 0, m != prepared)
	if err != nil {
		s.log("a SELECT on information_schema is described as it is sent", err)
		return shape{}
	}
	if st.Params() == 0 {
		args = nil
	}
	key := shapeKey{s.b.Backend, ask.Text() + argTypes(args), s.collation(), s.rawResults(), m}
	if known, ok := s.srv.metadata.get(key); ok {
		return known
	}
	d, err := s.askShape(m, args, ask)
	if _, refused := wire.IsServerError(err); err != nil && !refused {
		s.log("a SELECT on information_schema is described as it is sent", err)
		return shape{}
	}
	s.srv.metadata.put(key, d)
	return d
}

// argTypes are the types of arguments, by which a server describes the columns that are made of them.
func argTypes(args *wire.Execute) string {
	if args == nil {
		return ""
	}
	types := []byte{0}
	for _, a := range args.Args {
		types = append(types, byte(a.Type))
		if a.Unsigned {
			types = append(types, 'u')
		}
	}
	return string(types)
}
