package proxy

import "github.com/askwire/askwire/guard"

// sqlKey is SQL as one policy reads it in one database.
type sqlKey struct{ policy, database, sql string }

// embedded is a draft in the form in which it stands in a statement.
type embedded struct {
	text    string
	names   []string // of its columns
	markers []int    // the draft's, by number from 0, in the order of the text
}

// embed is gate.Embed of a draft that this caller's gate has admitted. Making it takes a parse, and the same few come again and again.
// What is kept holds nothing of one principal: policies come with the check of the whole.
func (s *Server) embed(gate guard.Gate, draft string, prepared bool) (embedded, error) {
	key := sqlKey{gate.Policy.Digest(), gate.Session.Database, draft}
	e, ok := s.embedded.get(key)
	if !ok {
		var err error
		if e.text, e.names, e.markers, err = gate.Embed(draft, prepared); err != nil {
			return embedded{}, err
		}
		s.embedded.put(key, e)
	}
	e.names = e.names[:len(e.names):len(e.names)]
	return e, nil
}
