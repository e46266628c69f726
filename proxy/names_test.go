package proxy

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// The collation of a session is the backend's too, whether the client named it at login or later, and goes with the session.
func TestCollation(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		if e.Family == askwire.Embedded {
			return // it has one collation
		}
		h := openOn(t, e)
		const same = "SELECT 'a' = 'A' AS same"
		plain := h.conn()
		want := table(t, plain, same)
		binary := h.conn(func(c *mysql.Config) { c.Collation = "utf8mb4_bin" })
		other := h.conn()
		table(t, other, "SET NAMES utf8mb4 COLLATE utf8mb4_bin")
		for range 2 {
			for name, c := range map[string]querier{"at login": binary, "by SET NAMES": other} {
				if got := table(t, c, same); got != "same\n0" {
					t.Errorf("%s: %q", name, got)
				}
			}
			if got := table(t, plain, same); got != want {
				t.Errorf("another session has the collation: %q, want %q", got, want)
			}
		}
		table(t, other, "SET NAMES DEFAULT")
		direct, err := e.Open(t, "").Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer direct.Close()
		if _, err := direct.ExecContext(t.Context(), "SET NAMES DEFAULT"); err != nil {
			t.Fatal(err)
		}
		want = table(t, direct, same) // TiDB's default is a binary collation
		if got := table(t, other, same); got != want {
			t.Errorf("after SET NAMES DEFAULT: %q, want %q", got, want)
		}
	})
}

// An EXECUTE that was sent along with a PREPARE means that one, not the statement before it, when the PREPARE fails.
func TestDirectExecuteAfterFailedPrepare(t *testing.T) {
	r := open(t).raw()
	direct := []byte{0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0, 0}
	r.definitions(t, "SELECT 1 AS one")
	r.command(t, wire.COM_STMT_EXECUTE, direct)
	if p := r.read(t); p[0] != 1 {
		t.Fatalf("the statement prepared last: % x", p)
	}
	for range 3 { // definition, row, end
		r.read(t)
	}
	r.command(t, wire.COM_STMT_PREPARE, []byte("SELECT nope FROM customers"))
	if p := r.read(t); p[0] != 0xff {
		t.Fatalf("% x", p)
	}
	r.command(t, wire.COM_STMT_EXECUTE, direct)
	if p := r.read(t); p[0] != 0xff || int(p[1])|int(p[2])<<8 != 1243 {
		t.Errorf("an execute after a failed prepare: %q", p)
	}
}
