package proxy

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// prepare prepares a statement of fewer than 256 columns and parameters and returns its id.
func (r *rawClient) prepare(t testing.TB, q string) []byte {
	t.Helper()
	r.command(t, wire.COM_STMT_PREPARE, []byte(q))
	p := slices.Clone(r.read(t))
	if p[0] != 0 {
		t.Fatalf("%s: %s", q, p)
	}
	for range int(p[5]) + int(p[7]) {
		r.read(t)
	}
	return p[1:5]
}

// executeCursor runs a statement without parameters and asks for a cursor. It returns the number of rows that came at once
// and the flags of the end.
func (r *rawClient) executeCursor(t testing.TB, id []byte) (int, wire.Status) {
	t.Helper()
	r.command(t, wire.COM_STMT_EXECUTE, append(slices.Clone(id), wire.CURSOR_TYPE_READ_ONLY, 1, 0, 0, 0))
	p := r.read(t)
	if p[0] == 0xff {
		t.Fatalf("execute: %s", p)
	}
	for range int(p[0]) {
		r.read(t)
	}
	rows, st, err := r.rows(t)
	if err != "" {
		t.Fatalf("execute: %s", err)
	}
	return len(rows), st
}

// fetch takes up to n rows of the cursor.
func (r *rawClient) fetch(t testing.TB, id []byte, n uint32) ([]string, wire.Status, string) {
	t.Helper()
	r.command(t, wire.COM_STMT_FETCH, binary.LittleEndian.AppendUint32(slices.Clone(id), n))
	return r.rows(t)
}

// rows reads rows up to their end or an error; go-sql-driver has agreed on CLIENT_DEPRECATE_EOF.
func (r *rawClient) rows(t testing.TB) (rows []string, st wire.Status, message string) {
	t.Helper()
	for {
		switch p := r.read(t); p[0] {
		case 0xff:
			return rows, 0, fmt.Sprintf("%d %s", binary.LittleEndian.Uint16(p[1:]), p[9:])
		case 0xfe:
			return rows, wire.Status(binary.LittleEndian.Uint16(p[3:])), ""
		default:
			rows = append(rows, string(p))
		}
	}
}

// lent is the number of the pool's connections that sessions hold.
func (h *house) lent() int {
	st := h.pool.Stats()
	return st.Open - st.Idle
}

func TestCursor(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		h := openOn(t, e)
		raw := h.raw()
		until(t, "idle connections", func() bool { return h.lent() == 0 })
		id := raw.prepare(t, "SELECT id, note FROM orders ORDER BY id")
		n, st := raw.executeCursor(t, id)
		if e.Family == askwire.Embedded {
			// It prepares nothing while a cursor is open, so it gets none: the rows come at once, as MySQL may do as well.
			if n != 4 || st&wire.SERVER_STATUS_CURSOR_EXISTS != 0 || h.lent() != 0 {
				t.Errorf("%d rows, status %#x, %d connections lent", n, st, h.lent())
			}
			return
		}
		if n != 0 || st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 || h.lent() != 1 {
			t.Fatalf("execute: %d rows, status %#x, %d connections lent", n, st, h.lent())
		}
		var all []string
		for range 10 {
			rows, st, message := raw.fetch(t, id, 3)
			if message != "" || len(rows) > 3 {
				t.Fatalf("fetch: %d rows, %s", len(rows), message)
			}
			all = append(all, rows...)
			if st&wire.SERVER_STATUS_LAST_ROW_SENT != 0 {
				break
			}
			raw.query(t, "SELECT COUNT(*) AS n FROM orders") // on the same connection
			if h.lent() != 1 {
				t.Errorf("%d connections are lent", h.lent())
			}
		}
		// Binary rows: 0x00, bitmap, id, note.
		if len(all) != 4 || !strings.HasSuffix(all[0], "\x01a") || all[1][2:10] != "\x02\x00\x00\x00\x00\x00\x00\x00" || len(all[1]) != 10 {
			t.Errorf("fetched %q", all)
		}
		until(t, "the connection to come back", func() bool { return h.lent() == 0 })
		if _, _, message := raw.fetch(t, id, 3); !strings.HasPrefix(message, "1421 ") {
			t.Errorf("behind the end: %q", message)
		}

		// Two cursors of one text; COMMIT does not end them, COM_STMT_RESET and COM_STMT_CLOSE do.
		second := raw.prepare(t, "SELECT id, note FROM orders ORDER BY id")
		raw.query(t, "BEGIN")
		for _, id := range [][]byte{id, second} {
			if _, st := raw.executeCursor(t, id); st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 || st&wire.SERVER_STATUS_IN_TRANS == 0 {
				t.Fatalf("in a transaction: status %#x", st)
			}
		}
		for _, id := range [][]byte{id, second, id} {
			if rows, _, message := raw.fetch(t, id, 1); len(rows) != 1 || message != "" {
				t.Fatalf("two cursors: %q %s", rows, message)
			}
		}
		raw.query(t, "COMMIT")
		if rows, _, message := raw.fetch(t, second, 1); len(rows) != 1 || !strings.Contains(rows[0], "\x02") || message != "" {
			t.Errorf("after COMMIT: %q %s", rows, message)
		}
		if h.lent() != 1 {
			t.Errorf("%d connections are lent", h.lent())
		}
		raw.command(t, wire.COM_STMT_RESET, second)
		if p := raw.read(t); p[0] != 0 {
			t.Errorf("COM_STMT_RESET: % x", p)
		}
		if _, _, message := raw.fetch(t, second, 1); !strings.HasPrefix(message, "1421 ") {
			t.Errorf("after COM_STMT_RESET: %q", message)
		}
		raw.command(t, wire.COM_STMT_CLOSE, id)
		until(t, "the connection to come back", func() bool { return h.lent() == 0 })

		// An execute ends the cursor that is open; a session that leaves gives the connection back.
		raw.executeCursor(t, second)
		raw.executeCursor(t, second)
		if rows, _, message := raw.fetch(t, second, 1); len(rows) != 1 || message != "" {
			t.Errorf("executed again: %q %s", rows, message)
		}
		raw.command(t, wire.COM_QUIT, nil)
		until(t, "the connection to come back", func() bool { return h.lent() == 0 })
		if n := h.pool.Stats().Idle; n == 0 {
			t.Error("the connection of a closed cursor was thrown away")
		}
		h.rec.mu.Lock()
		defer h.rec.mu.Unlock()
		var rows []int64
		for _, r := range h.rec.done {
			if strings.HasPrefix(r.Draft, "SELECT id, note") {
				rows = append(rows, r.Rows)
			}
		}
		if fmt.Sprint(rows) != "[4 2 2 0 1]" { // the second statement's cursor ended before the first's
			t.Errorf("the history has %v rows", rows)
		}
	})
}

func TestCursorLimits(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Limits.Rows = 3
		p.Rows = map[string]string{p.Tables[1]: "customer_id < 3"}
	})
	raw := h.raw()
	id := raw.prepare(t, "SELECT a.id, b.id FROM orders a, orders b")
	raw.executeCursor(t, id)
	rows, _, message := raw.fetch(t, id, 2)
	if len(rows) != 2 || message != "" {
		t.Fatalf("%q %s", rows, message)
	}
	rows, _, message = raw.fetch(t, id, 2)
	if len(rows) != 1 || !strings.HasPrefix(message, "50305 ") || !strings.Contains(message, "more than 3 rows") {
		t.Errorf("beyond the limit: %d rows, %q", len(rows), message)
	}
	until(t, "the connection to come back", func() bool { return h.lent() == 0 })

	// The row policy holds: three of the four orders are visible.
	id = raw.prepare(t, "SELECT id FROM orders")
	raw.executeCursor(t, id)
	if rows, st, message := raw.fetch(t, id, 100); len(rows) != 3 || st&wire.SERVER_STATUS_LAST_ROW_SENT == 0 || message != "" {
		t.Errorf("with a row policy: %d rows, status %#x, %s", len(rows), st, message)
	}

	h.endsWithRights(t, raw, id)
}

// endsWithRights: a right that is taken away ends a statement's cursor; a reload that changes nothing does not.
func (h *house) endsWithRights(t *testing.T, raw *rawClient, id []byte) {
	t.Helper()
	raw.executeCursor(t, id)
	h.dir.change(func() {})
	if rows, _, message := raw.fetch(t, id, 1); len(rows) != 1 || message != "" {
		t.Errorf("after a reload: %q %s", rows, message)
	}
	h.dir.change(func() {
		p := *h.dir.profiles["customer"]
		p.Rows = map[string]string{p.Tables[1]: "customer_id < 2"}
		h.dir.profiles["customer"] = &p
	})
	if rows, _, message := raw.fetch(t, id, 1); len(rows) != 0 || !strings.HasPrefix(message, "1317 ") {
		t.Errorf("after the policy changed: %q %s", rows, message)
	}
	until(t, "the connection to come back", func() bool { return h.lent() == 0 })
}

// A backend connection that dies with an open cursor ends the cursor, not the session.
func TestCursorLosesItsConnection(t *testing.T) {
	h := open(t)
	killAll := h.ownAccount()
	h.srv.Set(Settings{TransactionIdle: time.Hour})
	raw := h.raw()
	id := raw.prepare(t, "SELECT id FROM orders")
	raw.executeCursor(t, id)
	killAll()
	if _, _, message := raw.fetch(t, id, 1); !strings.HasPrefix(message, "50309 ") {
		t.Errorf("a lost connection: %q", message)
	}
	if _, _, message := raw.fetch(t, id, 1); !strings.HasPrefix(message, "1421 ") {
		t.Errorf("afterwards: %q", message)
	}
	raw.query(t, "SELECT id FROM orders")
	if _, st := raw.executeCursor(t, id); st&wire.SERVER_STATUS_CURSOR_EXISTS == 0 {
		t.Errorf("executed again: status %#x", st)
	}
}
