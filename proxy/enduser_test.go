package proxy

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/proxy/wire"
)

// A session that is reset has named nobody, and may name another person; the person whom an attribute named is forgotten too.
func TestResetForgetsThePerson(t *testing.T) {
	h := open(t)
	h.dir.change(func() {
		h.dir.users["ana"] = &askwire.User{Name: "ana", Profiles: []string{"customer"}, ActsFor: []string{"bob", "cho"}}
		h.dir.users["cho"] = &askwire.User{Name: "cho", Profiles: []string{"customer"}}
	})
	raw := h.raw()
	names := func(person string, want byte) {
		t.Helper()
		raw.command(t, wire.COM_QUERY, []byte("SET askwire.end_user = '"+person+"'"))
		if p := raw.read(t); p[0] != want {
			t.Fatalf("naming %s: % x", person, p)
		}
	}
	names("bob", 0)
	names("cho", 0xff)
	raw.command(t, wire.COM_RESET_CONNECTION, nil)
	if p := raw.read(t); p[0] != 0 {
		t.Fatalf("COM_RESET_CONNECTION: % x", p)
	}
	names("cho", 0)
	names("bob", 0xff)
	raw.query(t, "SELECT id FROM "+h.db+".orders")

	c := h.one(h.client(func(c *mysql.Config) { c.ConnectionAttributes = endUserAttribute + ":bob" }))
	if got := table(t, c, "SELECT @@askwire.end_user, USER() LIKE 'bob@%'"); got != "@@askwire.end_user|USER() LIKE 'bob@%'\nbob|1" {
		t.Errorf("got %q", got)
	}
	// Who is gone takes the sessions along.
	h.dir.change(func() { delete(h.dir.users, "bob") })
	h.srv.Set(Settings{})
	until(t, "the session for bob to end", func() bool { return h.srv.Stats().Sessions.Load() == 1 })
}
