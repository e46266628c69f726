package proxy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// tracked is what an OK packet says of the session's state, with the status; "" and 0 for another packet.
func tracked(p []byte) (string, wire.Status) {
	if len(p) < 7 || p[0] != 0 {
		return string(p), 0
	}
	st := wire.Status(binary.LittleEndian.Uint16(p[3:]))
	if p = p[7:]; len(p) == 0 {
		return "", st
	}
	p = p[1+int(p[0]):] // the info
	if len(p) == 0 {
		return "", st
	}
	var out []string
	for p = p[1:]; len(p) > 0; p = p[2+int(p[1]):] {
		data := p[2 : 2+int(p[1])]
		name := "schema"
		switch p[0] {
		case 5:
			name = "transaction"
		case 0:
			name, data = string(data[1:1+data[0]]), data[1+data[0]:]
		}
		out = append(out, name+"="+string(data[1:]))
	}
	if len(out) > 0 {
		st |= wire.SERVER_SESSION_STATE_CHANGED
	}
	return strings.Join(out, " "), st
}

// OK packets say of the session's state what the server's own say.
func TestSessionTracking(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		proxied, _, ok := h.logIn(wire.CLIENT_SESSION_TRACK, 0)
		if e.Family == askwire.TiDB {
			// Its session_track_schema and session_track_system_variables say that nothing is tracked.
			if got, st := tracked(ok); got != "" || st != wire.SERVER_STATUS_AUTOCOMMIT {
				t.Errorf("login: %q, status %#x", got, st)
			}
			proxied.query(t, "SET session_track_schema = 1, session_track_system_variables = 'time_zone'")
			proxied.command(t, wire.COM_QUERY, []byte("SET time_zone = '+09:00'"))
			if got, _ := tracked(proxied.read(t)); got != "time_zone=+09:00" {
				t.Errorf("asked for: %q", got)
			}
			return
		}
		if got, st := tracked(ok); got != "schema="+h.db || st != wire.SERVER_STATUS_AUTOCOMMIT|wire.SERVER_SESSION_STATE_CHANGED {
			t.Errorf("login: %q, status %#x", got, st)
		}
		direct := e.Family != askwire.Embedded // which does not track by itself
		var server *rawClient
		if direct {
			server, _, ok = logIn(t, e.Addr, "root", "", h.db, wire.CLIENT_SESSION_TRACK, 0)
			if got, _ := tracked(ok); !strings.HasSuffix(got, "schema="+h.db) { // MariaDB 11 lists its variables before
				t.Errorf("the server's login: %q", got)
			}
		}
		transaction := func(state string) string { // MySQL alone tells of it by itself
			if e.Family != askwire.MySQL {
				return ""
			}
			return "transaction=" + state
		}
		const on, off, trans = wire.SERVER_STATUS_AUTOCOMMIT, wire.Status(0), wire.SERVER_STATUS_IN_TRANS
		for _, step := range []struct {
			query, want string
			status      wire.Status
		}{
			{"USE information_schema", "schema=information_schema", on},
			{"USE " + h.db, "schema=" + h.db, on},
			{"SET time_zone = '+09:00'", "time_zone=+09:00", on},
			{"SET time_zone = '+09:00'", "time_zone=+09:00", on},
			{"SET NAMES utf8mb4", "character_set_client=utf8mb4 character_set_connection=utf8mb4 character_set_results=utf8mb4", on},
			{"SET autocommit = 0, sql_notes = 1", "autocommit=OFF", off},
			{"SET autocommit = 1", "autocommit=ON", on},
			{"SET @x = 1", "", on},
			{"BEGIN", transaction("T_______"), on | trans},
			{"COMMIT", transaction("________"), on},
			{"COMMIT", "", on},
			{"SET session_track_schema = 0", "", on},
			{"USE information_schema", "", on},
			{"SET session_track_system_variables = 'sql_notes'", "", on},
			{"SET time_zone = '+01:00'", "", on},
			{"SET sql_notes = 0", "sql_notes=OFF", on},
		} {
			proxied.command(t, wire.COM_QUERY, []byte(step.query))
			got, st := tracked(proxied.read(t))
			if step.want != "" {
				step.status |= wire.SERVER_SESSION_STATE_CHANGED
			}
			if got != step.want || st != step.status {
				t.Errorf("%s: %q, status %#x; want %q, status %#x", step.query, got, st, step.want, step.status)
			}
			if !direct {
				continue
			}
			server.command(t, wire.COM_QUERY, []byte(step.query))
			if got, st := tracked(server.read(t)); !sameWords(got, step.want) || st != step.status {
				t.Errorf("the server on %s: %q, status %#x; want %q, status %#x", step.query, got, st, step.want, step.status)
			}
		}
		proxied.command(t, wire.COM_QUERY, []byte("SET time_zone = '+02:00', time_zone = 'nonsense/nowhere'"))
		if p := proxied.read(t); p[0] != 0xff {
			t.Errorf("a wrong value: %q", p)
		}
		proxied.command(t, wire.COM_INIT_DB, []byte(h.db))
		if got, _ := tracked(proxied.read(t)); got != "" {
			t.Errorf("after an error: %q", got)
		}

		plain, _, ok := h.logIn(0, 0)
		if len(ok) != 7 {
			t.Errorf("a client that does not track: %q", ok)
		}
		plain.command(t, wire.COM_QUERY, []byte("SET time_zone = '+09:00'"))
		if p := plain.read(t); !bytes.Equal(p, []byte{0, 0, 0, 2, 0, 0, 0}) {
			t.Errorf("a client that does not track: %q", p)
		}
	})
}

// sameWords compares two lists whose order is the server's affair.
func sameWords(a, b string) bool {
	for w := range strings.FieldsSeq(a) {
		if !strings.Contains(" "+b+" ", " "+w+" ") {
			return false
		}
	}
	return len(a) == len(b)
}

// What OK packets say of transactions is what the server says.
func TestTransactionStatus(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		if e.Family != askwire.MariaDB && e.Family != askwire.MySQL {
			return // TiDB knows no read-only transactions, the embedded engine says nothing
		}
		h := openOn(t, e)
		proxied, _, _ := h.logIn(wire.CLIENT_SESSION_TRACK, 0)
		server, _, _ := logIn(t, e.Addr, "root", "", h.db, wire.CLIENT_SESSION_TRACK, 0)
		for _, q := range []string{"START TRANSACTION", "START TRANSACTION", "START TRANSACTION READ ONLY", "COMMIT AND CHAIN", "COMMIT", "START TRANSACTION READ WRITE",
			"ROLLBACK AND CHAIN", "BEGIN", "ROLLBACK", "START TRANSACTION WITH CONSISTENT SNAPSHOT", "START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT", "COMMIT",
			"SET SESSION TRANSACTION READ ONLY", "BEGIN", "COMMIT", "START TRANSACTION READ WRITE", "COMMIT", "SET SESSION TRANSACTION READ WRITE", "BEGIN", "COMMIT",
			"SET TRANSACTION READ ONLY", "BEGIN", "COMMIT", "BEGIN", "COMMIT", "SET autocommit = 0", "COMMIT AND CHAIN", "COMMIT"} {
			var said [2]string
			for i, c := range []*rawClient{server, proxied} {
				c.command(t, wire.COM_QUERY, []byte(q))
				state, st := tracked(c.read(t))
				if state == "" {
					st &^= wire.SERVER_SESSION_STATE_CHANGED // MySQL says so of a change into the same state
				}
				said[i] = fmt.Sprintf("%q, status %#x", state, st)
			}
			if said[0] != said[1] {
				t.Errorf("%s: the server says %s, askwire %s", q, said[0], said[1])
			}
		}
	})
}
