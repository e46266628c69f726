package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// kindsHouse has a table of many types that the profile shows as it is, and a connection to each side.
func kindsHouse(t *testing.T, kind engine.Kind) (h *house, proxied, direct *rawClient) {
	t.Helper()
	h = openOn(t, enginetest.Get(t, kind))
	h.exec(`CREATE TABLE kinds (id INT NOT NULL PRIMARY KEY, big BIGINT UNSIGNED, price DECIMAL(12,2) NOT NULL, rate DOUBLE, name VARCHAR(40) NOT NULL,
		latin VARCHAR(20) CHARACTER SET latin1, note TEXT, raw BLOB, at DATETIME(3), day DATE, mood ENUM('a', 'b'), doc JSON,
		seen TIMESTAMP NULL, KEY by_name (name)) DEFAULT CHARSET = utf8mb4`)
	h.dir.change(func() {
		h.dir.snap = h.introspect()
		p := h.dir.profiles["customer"]
		p.Tables = append(p.Tables, h.db+".kinds")
	})
	proxied, direct = h.raw(), h.rawOn("root", "", h.engine.Addr)
	direct.query(t, "USE "+h.db)
	return h, proxied, direct
}

// What SHOW answers is made by askwire, and looks as the server's own answers do: in the text protocol, and as PREPARE describes it.
func TestShowIsDescribedAsTheServerDescribesIt(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			_, c, direct := kindsHouse(t, kind)
			for _, q := range []string{"SHOW DATABASES", "SHOW TABLES", "SHOW FULL TABLES", "SHOW COLUMNS FROM kinds", "SHOW FULL COLUMNS FROM kinds", "SHOW INDEX FROM kinds",
				"SHOW TABLE STATUS", "SHOW VARIABLES LIKE 'char%'", "SHOW STATUS LIKE 'Up%'", "SHOW WARNINGS", "SHOW ERRORS", "SHOW COLLATION", "SHOW CHARACTER SET", "SHOW ENGINES",
				"SHOW PLUGINS", "SHOW PROCEDURE STATUS", "SHOW TRIGGERS", "SHOW EVENTS", "SHOW CREATE TABLE kinds"} {
				got, _ := c.result(t, q)
				want, _ := direct.result(t, q)
				if typesOf(got, nil) != typesOf(want, nil) {
					t.Errorf("%s\ngot\n%swant\n%s", q, typesOf(got, nil), typesOf(want, nil))
				}
				if kind == engine.MySQL && (q == "SHOW WARNINGS" || q == "SHOW ERRORS") {
					continue // MySQL does not prepare these
				}
				_, _, got = c.definitions(t, q)
				_, _, want = direct.definitions(t, q)
				if typesOf(got, nil) != typesOf(want, nil) {
					t.Errorf("%s is announced as\n%swant\n%s", q, typesOf(got, nil), typesOf(want, nil))
				}
			}
		})
	}
}

// A MariaDB keeps JSON as text with a condition, which SHOW CREATE TABLE says.
func TestShowCreateTableOfJSON(t *testing.T) {
	for kind, doc := range map[engine.Kind]string{engine.MariaDB: "`doc` longtext DEFAULT NULL CHECK (json_valid(`doc`)),", engine.MySQL: "`doc` json DEFAULT NULL,"} {
		t.Run(string(kind), func(t *testing.T) {
			_, c, _ := kindsHouse(t, kind)
			if _, row := c.result(t, "SHOW CREATE TABLE kinds"); len(row) != 2 || !strings.Contains(row[1], doc) || strings.Count(row[1], "json") > 2 {
				t.Errorf("%s", row)
			}
		})
	}
}

// COM_FIELD_LIST describes columns and their defaults as the server does.
func TestFieldList(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			_, c, direct := kindsHouse(t, kind)
			list := func(c *rawClient, pattern string) string {
				c.command(t, wire.COM_FIELD_LIST, []byte("kinds\x00"+pattern))
				var b strings.Builder
				for {
					p := c.read(t)
					if p[0] == 0xfe || p[0] == 0xff {
						return b.String()
					}
					fmt.Fprintf(&b, "%q\n", p)
				}
			}
			for _, pattern := range []string{"", "%", "n%", "none"} {
				if got, want := list(c, pattern), list(direct, pattern); got != want || (want == "") != (pattern == "none") {
					t.Errorf("%q: got\n%swant\n%s", pattern, got, want)
				}
			}
		})
	}
}

// A statement that one session has prepared on a connection is described in another session's character set.
func TestPreparedInAnotherCharacterSet(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL} {
		t.Run(string(kind), func(t *testing.T) {
			h, first, direct := kindsHouse(t, kind)
			second := h.raw()
			for range 2 {
				for c, names := range map[*rawClient]string{first: "SET NAMES utf8mb4", second: "SET character_set_results = NULL"} {
					c.query(t, names)
					direct.query(t, names)
					_, _, got := c.definitions(t, "SELECT name, latin FROM kinds")
					_, _, want := direct.definitions(t, "SELECT name, latin FROM kinds")
					if typesOf(got, nil) != typesOf(want, nil) {
						t.Errorf("after %s: got\n%swant\n%s", names, typesOf(got, nil), typesOf(want, nil))
					}
				}
			}
		})
	}
}

// Preparing SHOW WARNINGS, and a ping before it, leave what it is to show.
func TestWarningsOfTheStatementBefore(t *testing.T) {
	enginetest.Each(t, warningsOfTheStatementBefore)
}

func warningsOfTheStatementBefore(t *testing.T, e *enginetest.Server) {
	if e.Family == askwire.Embedded {
		return // it has no warning for a division
	}
	h := openOn(t, e)
	c := h.raw()
	c.query(t, "SELECT 1/0")
	c.command(t, wire.COM_PING, nil)
	direct := h.rawOn("root", "", h.engine.Addr)
	direct.query(t, "SELECT 1/0")
	direct.command(t, wire.COM_PING, nil)
	if got, want := c.read(t), direct.read(t); string(got) != string(want) {
		t.Errorf("the ping is answered by % x, directly % x", got, want)
	}
	id, _, _ := c.definitions(t, "SHOW WARNINGS")
	c.command(t, wire.COM_STMT_EXECUTE, append(id, 0, 1, 0, 0, 0))
	c.columns(t, int(c.read(t)[0]))
	if p := c.read(t); !strings.Contains(string(p), "ivision by") {
		t.Errorf("the first warning is % x", p)
	}
}
