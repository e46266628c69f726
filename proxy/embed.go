package proxy

import (
	"sync"

	"github.com/askwire/askwire/guard"
)

// embedded keeps drafts in the form in which they stand in a statement: making it takes a parse, and the same few come again and
// again.
type embedded struct {
	mu   sync.Mutex
	kept map[embeddedKey]embeddedDraft
}

type embeddedKey struct{ policy, database, draft string }

type embeddedDraft struct {
	text  string
	names []string
}

const maxEmbedded = 1024

// embed is gate.Embed of a draft that this caller's gate has admitted. What is kept holds nothing of one principal: policies come
// with the check of the whole.
func (srv *Server) embed(gate guard.Gate, draft string) (string, []string, error) {
	e := &srv.embedded
	key := embeddedKey{gate.Policy.Digest(), gate.Session.Database, draft}
	e.mu.Lock()
	d, ok := e.kept[key]
	e.mu.Unlock()
	if ok {
		return d.text, d.names[:len(d.names):len(d.names)], nil
	}
	text, names, err := gate.Embed(draft)
	if err != nil {
		return "", nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.kept) >= maxEmbedded || e.kept == nil {
		e.kept = map[embeddedKey]embeddedDraft{}
	}
	e.kept[key] = embeddedDraft{text, names}
	return text, names[:len(names):len(names)], nil
}
