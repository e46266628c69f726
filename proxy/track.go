package proxy

import (
	"slices"
	"strings"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/front"
	"github.com/askwire/askwire/proxy/wire"
)

// trackedByDefault is session_track_system_variables as MySQL and MariaDB have it.
const trackedByDefault = "autocommit,character_set_client,character_set_connection,character_set_results,time_zone"

// tracks reports whether the client wants to hear of changes of its session's state.
func (s *session) tracks() bool {
	return s.login != nil && s.login.Capabilities.Has(wire.CLIENT_SESSION_TRACK)
}

// trackSchema notes that the default database is s.db now, for the next OK packet.
func (s *session) trackSchema() {
	if on, ok := s.variable("session_track_schema", false); s.tracks() && (!ok || on == "ON") {
		s.changes = append(s.changes, wire.StateChange{Value: s.db})
	}
}

// trackTransaction notes that a transaction has begun, or has ended, that the client has begun by a statement. MySQL tells it whatever
// session_track_transaction_info says.
func (s *session) trackTransaction(state string) {
	if !s.tracks() || s.server().Family != askwire.MySQL {
		return
	}
	s.changes = slices.DeleteFunc(s.changes, func(c wire.StateChange) bool { return c.Transaction })
	if state != firstOf(s.tx.told, noState) {
		s.changes = append(s.changes, wire.StateChange{Value: state, Transaction: true})
	}
}

// States of a transaction as MySQL writes them: none; begun by a statement; begun with a snapshot.
const (
	noState       = "________"
	begunState    = "T_______"
	snapshotState = "T_R_____"
)

// toldChanges are those that the next OK packet takes.
func (s *session) toldChanges() []wire.StateChange {
	told := s.changes
	s.changes = s.changes[:0]
	for _, c := range told {
		if c.Transaction {
			s.tx.told = c.Value
		}
	}
	return told
}

// trackVariables notes which variables a SET has given a value, also where it is the same as before.
func (s *session) trackVariables(as []front.Assignment) {
	if !s.tracks() {
		return
	}
	list, ok := s.variable("session_track_system_variables", false)
	if !ok {
		list = trackedByDefault
	}
	var tracked []string
	for _, name := range strings.Split(list, ",") {
		tracked = append(tracked, strings.ToLower(strings.TrimSpace(name)))
	}
	for _, a := range as {
		names := []string{a.Name}
		switch {
		case a.User, a.Scope == "next":
			continue
		case a.Name == "names", a.Name == "character set":
			names = []string{"character_set_client", "character_set_connection", "character_set_results"}
		}
		for _, name := range names {
			value, ok := s.variable(name, false)
			if !ok || !slices.Contains(tracked, name) && !slices.Contains(tracked, "*") {
				continue
			}
			if value == nullVar {
				value = ""
			}
			s.changes = slices.DeleteFunc(s.changes, func(c wire.StateChange) bool { return c.Name == name })
			s.changes = append(s.changes, wire.StateChange{Name: name, Value: value})
		}
	}
}
