package proxy

import (
	"context"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/proxy/wire"
)

// pins is what has been set on a backend connection for a session. A connection that carries other pins is set anew when it
// is borrowed; nothing of it is trusted to be as it was.
type pins struct {
	family    askwire.Family
	zone      string
	isolation string        // of transactions; "" = the server's
	limit     time.Duration // of one statement
	names     string        // collation of literals and results; "" = what a new connection has
	raw       bool          // results have each column's own character set: character_set_results = NULL
	concat    int64         // group_concat_max_len; 0 = the server's
}

// described tells how the backend describes results apart: statements are prepared anew where it changes.
func (p pins) described() string {
	s := p.names
	if p.raw {
		s += " raw"
	}
	if p.concat > 0 { // GROUP_CONCAT is a VARCHAR or a TEXT by it
		s += " " + itoa(p.concat)
	}
	return s
}

// pinsWanted are what the session's next statement needs.
func (s *session) pinsWanted(toStore bool) pins {
	p := pins{family: s.server().Family, zone: s.zone(), limit: s.statementTime(), names: s.collation(), raw: s.rawResults(), concat: s.vars.concat}
	switch {
	case toStore:
		p.names, p.raw, p.concat = "", false, 0
		p.family, p.zone = s.b.Store.Scope().Server.Family, firstOf(s.vars.timeZone, "SYSTEM")
	case s.tx.open:
		if i := s.isolation(); i != s.serverIsolation() {
			p.isolation = i
		}
	}
	return p
}

// zone is the time zone to pin: the session's, or the server's own.
func (s *session) zone() string {
	if s.vars.timeZone != "" {
		return s.vars.timeZone
	}
	return s.zoneOfServer()
}

func (s *session) zoneOfServer() string {
	if z := s.server().Variables["time_zone"]; z != "" {
		return z
	}
	return "SYSTEM"
}

// statementTime is the time limit of one statement: the session's, never above the profile's.
func (s *session) statementTime() time.Duration {
	d := s.b.Profile.Limits.Time.Duration
	if t := s.vars.maxTime; t > 0 && (t < d || d <= 0) {
		d = t
	}
	return d
}

func (s *session) isolation() string {
	if s.nextIsolation != "" {
		return s.nextIsolation
	}
	for _, n := range []string{"transaction_isolation", "tx_isolation"} {
		if v, ok := s.vars.set[n]; ok {
			return v
		}
	}
	return s.serverIsolation()
}

func (s *session) serverIsolation() string {
	v := s.server().Variables
	return firstOf(v["transaction_isolation"], v["tx_isolation"], "REPEATABLE-READ")
}

const noLimit = 24 * time.Hour

// pin sets what differs.
func (s *session) pin(ctx context.Context, conn *wire.Backend, want pins) error {
	have, _ := conn.Pinned.(pins)
	if have == want {
		return nil
	}
	p := guard.Pins{TimeZone: want.zone, Isolation: want.isolation, Time: want.limit}
	if p.Time <= 0 {
		p.Time = noLimit // what another session has set must not stay
	}
	if p.Isolation == "" && have.isolation != "" {
		p.Isolation = s.serverIsolation()
	}
	if want.concat != have.concat {
		p.Concat = want.concat
		if p.Concat == 0 {
			p.Concat = -1
		}
	}
	statements, err := guard.ControlPin(want.family, p)
	if err != nil {
		return err
	}
	if want.names != have.names || want.raw != have.raw {
		names, err := guard.ControlNames(want.names, want.raw)
		if err != nil {
			return err
		}
		statements = append(statements, names)
	}
	conn.Charset = want.described()
	for _, st := range statements {
		if _, err := conn.Exec(ctx, st); err != nil {
			conn.Pinned = pins{names: "unknown", isolation: "unknown", concat: -1} // some may be set and others not: all are set again
			if se, ok := wire.IsServerError(err); ok && se.Number == 1298 {
				return askwire.Errorf(askwire.WrongValue, "The backend does not know the time zone '%s'.", want.zone).
					WithHint("Use an offset such as '+09:00'.")
			}
			return s.reason(err)
		}
	}
	conn.Pinned = want
	return nil
}

// tryPins finds out whether the backend takes the session's state.
func (s *session) tryPins(ctx context.Context) error {
	l, err := s.borrow(ctx, false, false)
	if err != nil {
		return err
	}
	s.giveBack(l)
	return nil
}
