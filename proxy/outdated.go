package proxy

import "github.com/askwire/askwire/proxy/wire"

// The gate has found every name of a statement in the catalog, so a backend that does not know one has been changed since the catalog
// was read. Then it is read again at once, and not at its next time.

const (
	tableChanged = 1412 // of MySQL: "Table definition has changed, please retry transaction"
	noSuchIndex  = 1176
)

var outdated = map[uint16]bool{1054: true, 1146: true, noSuchIndex: true}

// refused looks at a backend's error for that. An index was named by the gate, which drops those of clients: its name is not told.
func (s *session) refused(e *wire.ServerError) *wire.ServerError {
	if !outdated[e.Number] {
		return e
	}
	if tell := s.srv.cfg.Outdated; tell != nil && s.b.Profile != nil {
		tell(s.b.Profile.Backend)
	}
	if e.Number != noSuchIndex {
		return e
	}
	return &wire.ServerError{Number: tableChanged, State: "HY000", Message: "An index of a table was dropped or renamed. The catalog is read again; send the statement again in a moment."}
}
