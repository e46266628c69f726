package main

import (
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
)

// twoTables is a snapshot of shop.orders, shop.Staff and the view shop.v.
func twoTables(lowerCase int) *askwire.Snapshot {
	columns := []askwire.Column{{Name: "id", DataType: "int", Type: "int"}, {Name: "Owner", DataType: "varchar", Type: "varchar(20)"}}
	return askwire.NewSnapshot(askwire.Snapshot{Server: askwire.Server{Family: askwire.MariaDB, LowerCase: lowerCase}, Tables: []*askwire.Table{
		{DB: "shop", Name: "orders", Columns: columns}, {DB: "shop", Name: "Staff", Columns: columns}, {DB: "shop", Name: "v", View: true, Columns: columns},
	}})
}

func TestBothProfiles(t *testing.T) {
	base := func(name string, change func(*askwire.Profile)) *askwire.Profile {
		p := &askwire.Profile{Name: name, Backend: "main", Models: []string{"m"}, Tables: []string{"shop.orders", "shop.Staff"}, Joins: "any", PlainSQL: "guarded",
			LLMData: "rows", Summary: "first", Limits: askwire.Limits{Rows: 100, Bytes: 100, ScanRows: 100, QuestionsPerDay: 100, TokensPerDay: 100}}
		change(p)
		return p
	}
	none := func(*askwire.Profile) {}
	for name, x := range map[string]struct {
		account, person func(*askwire.Profile)
		lower           int
		get             func(*askwire.Profile) any
		want            any
	}{
		"Name": {none, none, 0, func(p *askwire.Profile) any { return p.Name }, "a & b"},
		"TablesOfBoth": {func(p *askwire.Profile) { p.Tables = []string{"shop.*"} }, func(p *askwire.Profile) { p.Tables = []string{"shop.v", "shop.orders"} }, 0,
			func(p *askwire.Profile) any { return p.Tables }, []string{"shop.orders"}}, // db.* holds no view
		"TablesInAnyCase": {func(p *askwire.Profile) { p.Tables = []string{"SHOP.STAFF"} }, none, 1, func(p *askwire.Profile) any { return p.Tables }, []string{"shop.Staff"}},
		"DeniedByEither": {func(p *askwire.Profile) { p.DenyColumns = []string{"shop.orders.Owner"} }, func(p *askwire.Profile) { p.DenyColumns = []string{"shop.Staff.id"} }, 0,
			func(p *askwire.Profile) any { return p.DenyColumns }, []string{"shop.orders.owner", "shop.Staff.id"}},
		"RowsOfBoth": {func(p *askwire.Profile) { p.Rows = map[string]string{"shop.orders": "id = @a -- c"} },
			func(p *askwire.Profile) { p.Rows = map[string]string{"SHOP.Orders": "owner = @b"} }, 1,
			func(p *askwire.Profile) any { return p.Rows["shop.orders"] }, "(id = @a -- c\n) AND (owner = @b\n)"},
		"MaskOfEither": {func(p *askwire.Profile) { p.Masks = map[string]string{"shop.orders.Owner": "hash"} }, none, 0,
			func(p *askwire.Profile) any { return p.Masks }, map[string]string{"shop.orders.owner": "hash"}},
		"OtherMaskIsDenied": {func(p *askwire.Profile) { p.Masks = map[string]string{"shop.orders.Owner": "hash"} },
			func(p *askwire.Profile) { p.Masks = map[string]string{"shop.orders.owner": "null"} }, 0,
			func(p *askwire.Profile) any { return fmt.Sprint(p.Masks, p.DenyColumns) }, "map[] [shop.orders.owner]"},
		"DeniedNeedsNoMask": {func(p *askwire.Profile) { p.DenyColumns = []string{"shop.orders.owner"} },
			func(p *askwire.Profile) { p.Masks = map[string]string{"shop.orders.Owner": "null"} }, 0,
			func(p *askwire.Profile) any { return len(p.Masks) }, 0},
		"RulesOfOtherTablesGo": {func(p *askwire.Profile) { p.Tables = []string{"shop.orders"} },
			func(p *askwire.Profile) {
				p.DenyColumns, p.Rows = []string{"shop.Staff.id"}, map[string]string{"shop.Staff": "id = 1"}
				p.Relationships = []string{"shop.orders.id -> shop.Staff.id"}
			}, 0, func(p *askwire.Profile) any { return len(p.DenyColumns) + len(p.Rows) + len(p.Relationships) }, 0},
		"DeclaredJoinsWin": {func(p *askwire.Profile) {
			p.Joins, p.Relationships = "declared", []string{"shop.orders.id -> shop.Staff.id"}
		}, func(p *askwire.Profile) { p.Relationships = []string{"shop.orders.owner -> shop.Staff.owner"} }, 0,
			func(p *askwire.Profile) any { return p.Joins + p.Relationships[0] }, "declaredshop.orders.id -> shop.Staff.id"},
		"PlainSQL": {func(p *askwire.Profile) { p.PlainSQL = "deny" }, none, 0, func(p *askwire.Profile) any { return p.PlainSQL }, "deny"},
		"LLMData":  {none, func(p *askwire.Profile) { p.LLMData = "none" }, 0, func(p *askwire.Profile) any { return p.LLMData }, "none"},
		"LLMKeysOfBoth": {func(p *askwire.Profile) {
			p.LLMData, p.LLMKeys = "aggregates", []string{"shop.orders.id", "shop.Staff.id"}
		},
			func(p *askwire.Profile) { p.LLMData, p.LLMKeys = "aggregates", []string{"shop.orders.ID"} }, 0,
			func(p *askwire.Profile) any { return p.LLMKeys }, []string{"shop.orders.id"}},
		"LLMKeysOfTheOther": {func(p *askwire.Profile) {
			p.LLMData, p.LLMKeys = "aggregates", []string{"shop.orders.id", "shop.orders.owner"}
		},
			func(p *askwire.Profile) { p.LLMDenyColumns = []string{"shop.orders.Owner"} }, 0,
			func(p *askwire.Profile) any { return p.LLMKeys }, []string{"shop.orders.id"}},
		"Cartesian": {func(p *askwire.Profile) { p.Cartesian = true }, none, 0, func(p *askwire.Profile) any { return p.Cartesian }, false},
		"Functions": {func(p *askwire.Profile) { p.FunctionsAllow = []string{"f", "g"} }, func(p *askwire.Profile) { p.FunctionsAllow = []string{"g"} }, 0,
			func(p *askwire.Profile) any { return p.FunctionsAllow }, []string{"g"}},
		"Limits": {func(p *askwire.Profile) { p.Limits.Rows = 5 }, func(p *askwire.Profile) { p.Limits.ScanRows = 7 }, 0,
			func(p *askwire.Profile) any { return p.Limits }, askwire.Limits{Rows: 5, Bytes: 100, ScanRows: 7, QuestionsPerDay: 100, TokensPerDay: 100}},
	} {
		p, err := bothProfiles(base("a", x.account), base("b", x.person), twoTables(x.lower))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := x.get(p); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%s: got %v, want %v", name, got, x.want)
		}
	}
	for name, change := range map[string]func(*askwire.Profile){
		"Backend": func(p *askwire.Profile) { p.Backend = "other" }, "Tables": func(p *askwire.Profile) { p.Tables = []string{"shop.v"} },
		"Models": func(p *askwire.Profile) { p.Models = []string{"n"} },
	} {
		if _, err := bothProfiles(base("a", change), base("b", none), twoTables(0)); askwire.CodeOf(err) != askwire.PrivilegeDenied {
			t.Errorf("nothing in common of %s: %v", name, err)
		}
	}
}

// TestBothProfilesNamesEveryKey: a key that is new in the format must be thought of here.
func TestBothProfilesNamesEveryKey(t *testing.T) {
	known := []string{"name", "backend", "models", "tables", "deny_columns", "llm_deny_columns", "rows", "masks", "relationships", "joins", "cartesian", "plain_sql",
		"llm_data", "llm_keys", "summary", "summary_wait", "language", "on_ambiguous", "persona", "answer_chars", "instructions", "decoys", "functions_allow", "limits"}
	for i := range reflect.TypeFor[askwire.Profile]().NumField() {
		if tag := reflect.TypeFor[askwire.Profile]().Field(i).Tag.Get("toml"); !slices.Contains(known, tag) {
			t.Errorf("what is %s when an account works for a person? Say it in bothProfiles, then here", tag)
		}
	}
}

const siteService = `
[[user]]
name = "cho"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
vars = { user_id = 8 }
rights = ["audit"]

[[user]]
name = "bi"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
acts_for = ["ana", "cho"]
rights = ["audit", "verify"]

[[user]]
name = "portal"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
acts_for = ["ana"]
`

func TestServiceAccount(t *testing.T) {
	s := realSite(t)
	s.write(siteBob + siteService)
	s.saved("how many orders are there", "SELECT COUNT(*) AS n FROM orders")
	p := s.serve()
	sum := "SELECT SUM(amount) AS total FROM " + s.shop + ".orders"
	sees := func(t *testing.T, c *sql.Conn, want string) {
		t.Helper()
		if got := printed(query(t, c, sum)); got != "total\n"+want+"\n" {
			t.Errorf("sees %q, want %s", got, want)
		}
	}
	refuses := func(t *testing.T, c *sql.Conn, statement string, want uint16, says string) {
		t.Helper()
		if n, message := number(t, c, statement); n != want || !strings.Contains(message, says) {
			t.Errorf("%s: error %d: %s, want %d and %q", statement, n, message, want, says)
		}
	}

	t.Run("RightsOfBoth", func(t *testing.T) {
		c := p.conn("bi", "pw")
		query(t, c, "SET askwire.end_user = 'ana'")
		sees(t, c, "30.50")
		refuses(t, c, "SELECT * FROM "+s.shop+".staff", 1142, "denied") // bi may, ana may not
		if got := printed(query(t, c, "SELECT CURRENT_USER() AS u, @@askwire.end_user AS e, @@askwire.profile AS p")); got != "u|e|p\nana@%|ana|analyst & customer\n" {
			t.Errorf("%q", got)
		}
		if got := printed(query(t, c, "ASK 'how many orders are there' USING summary = 'off'")); got != "n\n2\n" {
			t.Errorf("ASK: %q", got)
		}
		refuses(t, c, "ASK VERIFY 'x'", 1227, "") // bi has the right, ana has not
	})
	t.Run("OnceAndForAll", func(t *testing.T) {
		c := p.conn("bi", "pw")
		query(t, c, "SET askwire.end_user = 'ana'")
		for _, later := range []string{
			"SET askwire.end_user = 'cho'", "SET askwire.end_user = 'ana'", "SET @@session.askwire.end_user = 'cho'", "SET SESSION askwire.end_user = 'cho'",
			"SET `askwire`.`end_user` = 'cho'", "set /* x */ ASKWIRE.END_USER := 'cho'",
		} {
			if n, message := number(t, c, later); n != 1227 && n != 1064 && n != 1193 {
				t.Errorf("%s: error %d: %s", later, n, message)
			}
		}
		refuses(t, c, "SET askwire.end_user = DEFAULT", 1231, "SET askwire.end_user = 'name'")
		refuses(t, c, "SET autocommit = 1, askwire.end_user = 'cho'", 1210, "statement of its own")
		refuses(t, c, "SET STATEMENT askwire.end_user = 'cho' FOR "+sum, 1235, "for one statement")
		refuses(t, c, "SET askwire.profile = 'analyst'", 1227, "not one of yours")
		if _, err := c.ExecContext(t.Context(), "SET @u = 'cho'"); err != nil {
			t.Fatal(err)
		}
		refuses(t, c, "SET askwire.end_user = @u", 1227, "works for 'ana' already")
		sees(t, c, "30.50")
		// A prepared statement is no other road.
		st, err := c.PrepareContext(t.Context(), "SET askwire.end_user = 'cho'")
		if err == nil {
			_, err = st.ExecContext(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "1227") {
			t.Errorf("prepared: %v", err)
		}
		sees(t, c, "30.50")
	})
	t.Run("TooLate", func(t *testing.T) {
		for name, first := range map[string]string{"Table": sum, "Question": "ASK 'how many orders are there'"} {
			c := p.conn("bi", "pw")
			query(t, c, "SELECT @@version_comment")
			query(t, c, "SHOW TABLES FROM "+s.shop)
			query(t, c, first)
			if n, message := number(t, c, "SET askwire.end_user = 'ana'"); n != 1227 || !strings.Contains(message, "first statement") {
				t.Errorf("%s: error %d: %s", name, n, message)
			}
		}
	})
	t.Run("NotYetNamed", func(t *testing.T) {
		c := p.conn("portal", "pw") // which has no user_id: its login is not refused
		refuses(t, c, sum, 50306, "Say first for whom this session works: SET askwire.end_user")
		refuses(t, c, "ASK 'how many orders are there'", 50301, "SET askwire.end_user")
		c = p.conn("portal", "pw")
		refuses(t, c, sum, 50306, "")
		query(t, c, "SET askwire.end_user = 'ana'") // what was refused has read nothing
		sees(t, c, "30.50")
		sees(t, p.conn("bi", "pw"), "130.49") // whose policy needs no variable
	})
	t.Run("Strangers", func(t *testing.T) {
		c := p.conn("bi", "pw")
		for _, name := range []string{"bob", "nobody", "bi"} {
			refuses(t, c, "SET askwire.end_user = '"+name+"'", 1227, "may not act for")
		}
		refuses(t, c, "SET askwire.end_user = 7", 1231, "")
		refuses(t, c, "SET askwire.end_user = ''", 1231, "")
		refuses(t, p.conn("bob", "pw"), "SET askwire.end_user = 'ana'", 1227, "may not act for")
		query(t, c, "SET askwire.end_user = 'cho'") // a refusal does not use up the one time
		sees(t, c, "99.99")
	})
	t.Run("Attribute", func(t *testing.T) {
		c, err := p.attributed("bi", "askwire.end_user:cho").Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sees(t, c, "99.99")
		refuses(t, c, "SET askwire.end_user = 'ana'", 1227, "works for 'cho' already")
		for _, who := range [][2]string{{"bi", "bob"}, {"bob", "ana"}} {
			if err := p.attributed(who[0], "askwire.end_user:"+who[1]).PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "1227") {
				t.Errorf("%s for %s: %v", who[0], who[1], err)
			}
		}
	})
	// What the tools send at a connection, with the place where they name the person, and what they send afterwards for a viewer.
	for tool, sent := range map[string][]string{
		"Tableau": {"SET NAMES utf8mb4", "SET SQL_AUTO_IS_NULL = 0", "SET @@sql_select_limit=DEFAULT", "select database()", "SELECT @@character_set_results",
			"SET character_set_results = NULL", "SET askwire.end_user = 'ana'", "SHOW FULL TABLES FROM `" + s.shop + "`", "SHOW KEYS FROM `" + s.shop + "`.`orders`",
			"SELECT `orders`.`amount` AS `amount` FROM `" + s.shop + "`.`orders` `orders` WHERE 1=0"},
		"Superset": {"SET NAMES utf8mb4", "SET askwire.end_user = 'ana'", "SET AUTOCOMMIT = 0", "SELECT VERSION()", "SELECT @@sql_mode", "SELECT @@lower_case_table_names",
			"SELECT DATABASE()", "ROLLBACK", "SELECT CONNECTION_ID()", "SHOW DATABASES", "SHOW FULL TABLES FROM `" + s.shop + "`", "SHOW CREATE TABLE `" + s.shop + "`.`orders`",
			"EXPLAIN FORMAT = RECEIPT " + sum, "ROLLBACK"},
	} {
		t.Run(tool, func(t *testing.T) {
			c := p.conn("bi", "pw")
			for _, statement := range sent {
				query(t, c, statement)
			}
			sees(t, c, "30.50")
			query(t, c, "ASK 'how many orders are there' USING summary = 'off'")
			for _, later := range []string{"SET askwire.end_user = 'cho'", "SET askwire.end_user = 'ana'", "SET @@session.askwire.end_user = 'cho'"} {
				if n, message := number(t, c, later); n != 1227 && n != 1193 {
					t.Errorf("%s: error %d: %s", later, n, message)
				}
			}
			// A custom SQL data set, which the tool wraps, is one SELECT.
			refuses(t, c, "SELECT * FROM (SELECT 1 AS a; SET askwire.end_user = 'cho') `Custom SQL Query`", 1064, "")
			refuses(t, c, "SELECT * FROM (SET askwire.end_user = 'cho') AS virtual_table LIMIT 1", 1064, "")
			for _, between := range []string{"COMMIT", "ROLLBACK", "SET AUTOCOMMIT = 1", "USE `" + s.shop + "`", "SET NAMES utf8mb4"} {
				query(t, c, between)
			}
			refuses(t, c, "SET askwire.end_user = 'cho'", 1227, "works for 'ana' already") // a pool that gives the session to another viewer
			sees(t, c, "30.50")
		})
	}
	t.Run("BothNamesAreRecorded", func(t *testing.T) {
		c := p.conn("bi", "pw")
		query(t, c, "SET askwire.end_user = 'cho'")
		query(t, c, "ASK 'how many orders are there' USING summary = 'off'")
		number(t, c, "SELECT * FROM "+s.shop+".staff")
		want := "kind|user|account\nask|cho|bi\nplain|cho|bi\n"
		got := recorded(t, p.conn("bob", "pw"), "SELECT DISTINCT kind, user, account FROM askwire.query_log WHERE user = 'cho' AND kind = 'plain' AND verdict = 'denied' "+
			"UNION SELECT kind, user, account FROM askwire.query_log WHERE user = 'cho' AND kind = 'ask' ORDER BY kind")
		if printed(got) != want {
			t.Errorf("got %q, want %q", printed(got), want)
		}
	})
	t.Run("Reload", func(t *testing.T) {
		c, gone := p.conn("bi", "pw"), p.conn("bi", "pw")
		query(t, c, "SET askwire.end_user = 'ana'")
		query(t, gone, "SET askwire.end_user = 'cho'")
		sees(t, c, "30.50")
		// The right goes for one, the person for the other.
		before, _, _ := strings.Cut(siteService, "[[user]]\nname = \"bi\"")
		service := strings.TrimPrefix(siteService, before)
		s.write(siteBob + strings.ReplaceAll(service, `acts_for = ["ana", "cho"]`, `acts_for = ["bob"]`))
		p.waitLog(p.hup(), "reloaded")
		refuses(t, c, sum, 1227, "may not act for")
		if _, err := readAll(t.Context(), gone, sum); err == nil {
			t.Error("a session of a person who is gone is served")
		}
	})
}

// attributed logs in with attributes of the connection.
func (p *process) attributed(user, attributes string) *sql.DB {
	p.t.Helper()
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.ConnectionAttributes = user, "pw", "tcp", p.addr, attributes
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	p.t.Cleanup(func() { _ = db.Close() })
	return db
}
