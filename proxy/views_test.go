package proxy

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/guard"
	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// curator is a Curator whose saved questions a test sets.
type curator struct {
	Curator
	mu    sync.Mutex
	saved []askwire.SavedState
}

func (c *curator) SavedFor(*askwire.Question, guard.Gate) []askwire.SavedState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]askwire.SavedState(nil), c.saved...)
}

// save adds a verified saved question, which the scripted asker knows by its name.
func (h *house) save(c *curator, name, question, sql string, change ...func(*askwire.SavedState)) {
	x := askwire.SavedState{SavedQuestion: askwire.SavedQuestion{Name: name, Questions: []string{question}, SQL: sql, Verified: true}}
	for _, fn := range change {
		fn(&x)
	}
	c.saved = append(c.saved, x)
	h.ask(name, sql)
}

func withViews(t *testing.T, kind engine.Kind) *house {
	h := openOn(t, enginetest.Get(t, kind))
	c := &curator{}
	h.srv.cfg.Curator = c
	h.save(c, "매출", "고객별 매출은?", "SELECT customer_id, SUM(total) AS total, MAX(at) AS last_at, COUNT(*) AS n, 'x' AS `it's` FROM orders GROUP BY customer_id")
	h.save(c, "people", "who are the customers", "SELECT id, name, phone FROM customers", func(x *askwire.SavedState) { x.Owner = "ana" })
	h.save(c, "gone", "what is gone", "SELECT nothing FROM orders", func(x *askwire.SavedState) {
		x.Stale = askwire.Errorf(askwire.StaleQuestion, "A column that it reads is not there any more.").WithHint("Save it anew.")
	})
	h.save(c, "others", "not verified, of somebody else", "SELECT 1", func(x *askwire.SavedState) { x.Verified, x.Owner = false, "bob" })
	return h
}

// TestSchemaOfQuestions: saved questions are views wherever tools look for tables, beside the real tables and nothing else.
func TestSchemaOfQuestions(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB, engine.Embedded} {
		t.Run(string(kind), func(t *testing.T) {
			h := withViews(t, kind)
			c := h.conn()
			for _, tt := range []struct{ name, q, want string }{
				{"Tables", "SHOW TABLES FROM ask", "Tables_in_ask\ngone\npeople\n매출"},
				{"FullTables", "SHOW FULL TABLES FROM ask LIKE 'p%'", "Tables_in_ask (p%)|Table_type\npeople|VIEW"},
				{"Columns", "SHOW COLUMNS FROM ask.people", "Field|Type|Null|Key|Default|Extra\nid|int|NO||NULL|\nname|varchar(40)|NO||NULL|\nphone|varchar(20)|YES||NULL|"},
				{"Describe", "DESCRIBE ask.`people` name", "Field|Type|Null|Key|Default|Extra\nname|varchar(40)|NO||NULL|"},
				{"Index", "SHOW INDEX FROM ask.people WHERE Key_name = 'PRIMARY'", ""},
				{"Status", "SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, ENGINE FROM information_schema.tables WHERE table_schema = 'ask' ORDER BY table_name",
					"TABLE_NAME|TABLE_TYPE|TABLE_COMMENT|ENGINE\ngone|VIEW|stale: A column that it reads is not there any more. Save it anew.|NULL\npeople|VIEW|who are the customers|NULL\n매출|VIEW|고객별 매출은?|NULL"},
				{"TypeColumns", "SELECT COLUMN_NAME, ORDINAL_POSITION + 1 AS p, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH AS l FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'ask' AND TABLE_NAME = 'people' ORDER BY ORDINAL_POSITION",
					"COLUMN_NAME|p|DATA_TYPE|l\nid|2|int|NULL\nname|3|varchar|40\nphone|4|varchar|20"},
				{"Views", "SELECT TABLE_NAME, VIEW_DEFINITION, IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_NAME = 'people'", "TABLE_NAME|VIEW_DEFINITION|IS_UPDATABLE\npeople|SELECT id, name, phone FROM customers|NO"},
				{"Schemata", "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'a%'", "SCHEMA_NAME\nask"},
				{"Statistics", "SELECT COUNT(*) AS n FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'ask'", "n\n0"},
				{"Keys", "SELECT COUNT(*) AS n FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = 'ask'", "n\n0"},
				{"NothingElse", "SELECT COUNT(*) AS n FROM information_schema.TABLES WHERE NOT TABLE_SCHEMA IN ('ask', '" + h.db + "')", "n\n0"},
				{"Read", "SELECT name FROM ask.people WHERE id = 2", "name\nAna"},
				{"Korean", "SELECT COUNT(*) AS n FROM ask.매출", "n\n3"},
			} {
				t.Run(tt.name, func(t *testing.T) {
					got := table(t, c, tt.q)
					if tt.want == "" {
						if strings.Contains(got, "\n") {
							t.Errorf("rows: %s", got)
						}
						return
					}
					if got != tt.want {
						t.Errorf("got\n%s\nwant\n%s", got, tt.want)
					}
				})
			}
			if got := table(t, c, "SHOW DATABASES"); !strings.Contains(got, "\nask") || !strings.Contains(got, h.db) {
				t.Errorf("got %s", got)
			}
			full := table(t, c, "SHOW FULL COLUMNS FROM `ask`.`매출`")
			wants := []string{"customer_id|int|NULL|NO", "total|decimal(3", "n|bigint|NULL|"}
			if kind != engine.Embedded { // which takes every expression for NOT NULL and every text for a long one
				wants = append(wants, "last_at|datetime|NULL|YES", "it's|varchar(1)|utf8mb4_general_ci")
			}
			for _, want := range wants {
				if !strings.Contains(full, want) {
					t.Errorf("no %q in\n%s", want, full)
				}
			}
			if got := table(t, c, "SHOW CREATE TABLE ask.people"); !strings.HasPrefix(got, "View|Create View|character_set_client|collation_connection\npeople|CREATE ALGORITHM=UNDEFINED DEFINER=`ana`@`%` SQL SECURITY INVOKER VIEW `ask`.`people` AS SELECT id, name, phone FROM customers|utf8mb4|") {
				t.Errorf("got %s", got)
			}
			if got := table(t, c, "SHOW TABLE STATUS FROM ask LIKE 'people'"); !strings.Contains(got, "|who are the customers") {
				t.Errorf("got %s", got)
			}
			h.ask("free text here", "SELECT id AS free FROM orders")
			if got := table(t, c, "SHOW COLUMNS FROM ask.`free text here`"); !strings.Contains(got, "\nfree|bigint|NO") {
				t.Errorf("got %s", got)
			}
			for q, want := range map[string]int{"SHOW COLUMNS FROM ask.gone": 50308, "DESCRIBE ask.nothing": 1146, "SHOW CREATE TABLE ask.gone": 50308, "SHOW INDEX FROM ask.nothing": 1146} {
				if got := number(t, c, q); got != want {
					t.Errorf("%s: error %d, want %d", q, got, want)
				}
			}
		})
	}
}

func TestUseAsk(t *testing.T) {
	h := withViews(t, engine.MariaDB)
	c := h.conn(func(c *mysql.Config) { c.DBName = "ask" })
	for q, want := range map[string]string{
		"SELECT DATABASE()": "DATABASE()\nask", "SHOW TABLES": "Tables_in_ask\ngone\npeople\n매출", "SELECT name FROM people p WHERE p.id = 3": "name\nBo",
		"DESCRIBE people id":                            "Field|Type|Null|Key|Default|Extra\nid|int|NO||NULL|",
		"WITH x AS (SELECT 1 AS n) SELECT n FROM x":     "n\n1",
		"SELECT COUNT(*) AS n FROM " + h.db + ".orders": "n\n4",
		"ASK 'people' USING summary = off":              "id|name|phone\n1|김민수|010-1111-2222\n2|Ana|NULL\n3|Bo|010-3333-4444",
		"SELECT (SELECT MAX(n) FROM 매출) AS m":           "m\n2",
	} {
		if got := table(t, c, q); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", q, got, want)
		}
	}
	if q := h.asker.lastQuestion(); q.Database != h.db {
		t.Errorf("asked in the database %q", q.Database)
	}
	do(t, c, "USE "+h.db)
	if got := number(t, c, "SELECT * FROM people"); got != 1142 {
		t.Errorf("a saved question outside of its schema: %d", got)
	}
	do(t, c, "USE ask")
	// Prepared: metadata, and a table of the schema.
	if got := table(t, c, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1", "ask"); got != "TABLE_NAME\ngone\npeople\n매출" {
		t.Errorf("got %s", got)
	}
	if got := table(t, c, "SELECT name FROM people WHERE id = ?", 1); got != "name\n김민수" {
		t.Errorf("got %s", got)
	}
}

// TestAskTaken: a schema of the caller's own wins over the schema of questions.
func TestAskTaken(t *testing.T) {
	h := withViews(t, engine.MariaDB)
	ask := h.engine.NewDatabase(t) // by a name of its own: the server is shared
	h.srv.Set(Settings{AskWord: ask})
	h.exec("CREATE TABLE " + ask + ".people (own INT)")
	h.exec("INSERT INTO " + ask + ".people VALUES (7)")
	h.dir.change(func() {
		s := *h.dir.snap
		s.Tables = append(append([]*askwire.Table(nil), s.Tables...), &askwire.Table{DB: ask, Name: "people", Columns: []askwire.Column{{Name: "own", Type: "int(11)", DataType: "int", Nullable: true}}})
		h.dir.snap = askwire.NewSnapshot(s)
		h.dir.profiles["customer"].Tables = append(h.dir.profiles["customer"].Tables, ask+".people")
	})
	c := h.conn()
	for q, want := range map[string]string{"SELECT * FROM " + ask + ".people": "own\n7", "SHOW TABLES FROM " + ask: "Tables_in_" + ask + "\npeople", "SELECT COUNT(*) AS n FROM " + ask + "('people')": "n\n3"} {
		if got := table(t, c, q); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", q, got, want)
		}
	}
}

// TestManyViews: listings of more saved questions than a statement can hold are cut, and say so; they never fail. Numbers stay numbers.
func TestManyViews(t *testing.T) {
	for _, kind := range []engine.Kind{engine.MariaDB, engine.MySQL, engine.TiDB} {
		t.Run(string(kind), func(t *testing.T) {
			h := withViews(t, kind)
			many := h.srv.cfg.Curator.(*curator)
			for i := range 120 {
				h.save(many, fmt.Sprintf("view_%03d", i), strings.Repeat("a long question ", 100), "SELECT id, name, phone, id AS a, id AS b, id AS c, id AS d, id AS e, id AS f, id AS g FROM customers")
			}
			c := h.conn()
			for _, q := range []string{"SELECT COUNT(*) AS n FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ask'", "SELECT COUNT(*) AS n FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'ask'"} {
				got := table(t, c, q)
				n, err := strconv.Atoi(strings.TrimPrefix(got, "n\n"))
				if err != nil || n < 100 || n > maxRows {
					t.Errorf("%s: %s", q, got)
				}
				if notes := table(t, c, "SHOW WARNINGS"); strings.Contains(q, "COLUMNS") && !strings.Contains(notes, "more saved questions than this statement can show") {
					t.Errorf("%s: no note: %s", q, notes)
				}
			}
			plans := h.asker.planned()
			rows, err := c.QueryContext(t.Context(), "SELECT ORDINAL_POSITION, CHARACTER_MAXIMUM_LENGTH FROM information_schema.`COLUMNS` WHERE `TABLE_SCHEMA` = '"+h.db+"' AND TABLE_NAME = 'orders'")
			if err != nil {
				t.Fatal(err)
			}
			types, err := rows.ColumnTypes()
			rows.Close()
			if err != nil || !strings.Contains(types[0].DatabaseTypeName(), "INT") || !strings.Contains(types[1].DatabaseTypeName(), "INT") {
				t.Errorf("types %s, %s, %v", types[0].DatabaseTypeName(), types[1].DatabaseTypeName(), err)
			}
			if h.asker.planned() != plans {
				t.Errorf("%d saved questions were described for columns of another schema", h.asker.planned()-plans)
			}
			with, err := c.QueryContext(t.Context(), "SELECT ORDINAL_POSITION FROM information_schema.COLUMNS WHERE TABLE_SCHEMA IN ('ask', 'x')")
			if err != nil {
				t.Fatal(err)
			}
			types, err = with.ColumnTypes()
			with.Close()
			if err != nil || kind != engine.TiDB && !strings.Contains(types[0].DatabaseTypeName(), "INT") { // TiDB's own column is signed
				t.Errorf("types %s, %v", types[0].DatabaseTypeName(), err)
			}
		})
	}
}
