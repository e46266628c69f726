package proxy

import "github.com/askwire/askwire"

// killOther is KILL: of a session of the same principal.
func (s *session) killOther(id uint32, query bool) error {
	other := s.srv.reg.get(id)
	if other == nil {
		return askwire.Errorf(askwire.UnknownThread, "Unknown thread id: %d.", id).WithHint("SHOW PROCESSLIST lists yours.")
	}
	if !s.owns(other) {
		return askwire.Errorf(askwire.NotOwner, "You are not the owner of thread %d.", id).WithHint("SHOW PROCESSLIST lists yours.")
	}
	if query {
		other.interrupt(errKillQry)
		return nil
	}
	other.kill(errKilled)
	if other == s {
		return errKilled
	}
	return nil
}

func (s *session) owns(other *session) bool {
	name := other.name.Load()
	return name != nil && *name == s.user.Name
}

// ownSessions are the sessions of this principal.
func (s *session) ownSessions() []*session {
	var out []*session
	s.srv.reg.each(func(x *session) {
		if s.owns(x) {
			out = append(out, x)
		}
	})
	return out
}
