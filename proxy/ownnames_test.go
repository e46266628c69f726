package proxy

import (
	"strings"
	"testing"

	"github.com/askwire/askwire"
)

// TestNamesOfOnesOwn: what is named ask in the caller's own schema stays what it is, and questions can be asked beside it.
func TestNamesOfOnesOwn(t *testing.T) {
	h := open(t, func(p *askwire.Profile, _ *askwire.User) {
		p.Tables = append(p.Tables, strings.Replace(p.Tables[0], "customers", "ask", 1))
	})
	h.exec("CREATE TABLE ask (id INT PRIMARY KEY, ask VARCHAR(20))")
	h.exec("INSERT INTO ask VALUES (1, 'one'), (2, 'two')")
	h.dir.change(func() { h.dir.snap = h.introspect() })
	h.ask("all orders", "SELECT id, total FROM orders")
	c := h.conn()
	for q, want := range map[string]string{
		"SELECT ask FROM ask ORDER BY ask":                                  "ask\none\ntwo",
		"SELECT ask.ask FROM ask WHERE ask.ask = 'two'":                     "ask\ntwo",
		"SELECT a.ask AS ask FROM ask a WHERE ask LIKE 'o%'":                "ask\none",
		"SELECT ask.id FROM orders ask WHERE ask.id = 1":                    "id\n1",
		"SELECT ask.id FROM orders AS ask WHERE ask.id = 1":                 "id\n1",
		"SELECT o.id FROM orders o JOIN ask ON ask.id = o.id ORDER BY o.id": "id\n1\n2",
		"SELECT ask.ask FROM `" + h.db + "`.ask ORDER BY 1":                 "ask\none\ntwo",
		"SELECT `" + h.db + "`.ask.ask FROM ask ORDER BY 1":                 "ask\none\ntwo",
		"SELECT 1 AS ask":       "ask\n1",
		"SHOW COLUMNS FROM ask": "Field|Type|Null|Key|Default|Extra\nid|int(11)|NO|PRI|NULL|\nask|varchar(20)|YES||NULL|",
		"SELECT q.total FROM ASK('all orders') AS q JOIN ask ON ask.id = q.id":         "total\n10.50\n20.25",
		"SELECT ask.ask FROM ask WHERE id IN (SELECT id FROM (ASK 'all orders') AS q)": "ask\none\ntwo",
		"ASK 'all orders' USING summary = off, limit = 1":                              "id|total\n1|10.50",
	} {
		if got, err := tryTable(t, c, q); err != nil || got != want {
			t.Errorf("%s: got %s, %v", q, got, err)
		}
	}
	for q, want := range map[string]int{
		"SELECT * FROM ask('all orders":           1064, // unclosed
		"CALL `" + h.db + "`.ask('all orders')":   1235, // procedures are not served
		"SELECT `" + h.db + "`.ask('all orders')": 1235, // nor stored functions
		"SELECT 1, ask('all orders') FROM orders": 50306,
		"SELECT ask('all orders'), 1":             1235,
		"SELECT ask.ask.ask FROM ask":             1054,
	} {
		if got := number(t, c, q); got != want {
			t.Errorf("%s: error %d, want %d", q, got, want)
		}
	}
}

// TestSchemaOfOnesOwn: a schema named like the word wins over saved questions, and a function that the profile allows over SELECT ASK('…').
func TestSchemaOfOnesOwn(t *testing.T) {
	h := open(t)
	h.srv.cfg.Curator = &curator{}
	h.srv.Set(Settings{AskWord: h.db, AuditPlain: "all"})
	h.ask("all orders", "SELECT id, total FROM orders")
	c := h.conn()
	for q, want := range map[string]string{
		"SELECT id FROM `" + h.db + "`.orders WHERE id = 1":                             "id\n1",
		"SELECT " + h.db + ".orders.id FROM " + h.db + ".orders WHERE id = 1":           "id\n1",
		"SHOW TABLES FROM " + h.db:                                                      "Tables_in_" + h.db + "\ncustomers\norders",
		"SELECT COUNT(*) AS n FROM " + h.db + "('all orders') AS q":                     "n\n4",
		h.db + " 'all orders' USING summary = off, limit = 1":                           "id|total\n1|10.50",
		"SELECT COUNT(*) AS n FROM information_schema.TABLES WHERE TABLE_TYPE = 'VIEW'": "n\n0",
	} {
		if got, err := tryTable(t, c, q); err != nil || got != want {
			t.Errorf("%s: got %s, %v", q, got, err)
		}
	}
	own := open(t, func(p *askwire.Profile, _ *askwire.User) { p.FunctionsAllow = []string{"ask"} })
	if got := number(t, own.conn(), "SELECT ask('all orders')"); got != 1046 && got != 1305 {
		t.Errorf("a function that the profile allows, and the server has not got: error %d", got)
	}
	if own.asker.planned() > 0 {
		t.Error("a call of one's own function was taken for a question")
	}
}
