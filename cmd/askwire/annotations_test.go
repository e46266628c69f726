package main

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire/internal/enginetest"
)

const siteCara = `
[[user]]
name = "cara"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
rights = ["catalog"]
`

const siteNotes = `database = "%s"

[[table]]
name = "orders"
name_ko = "주문"

[[question]]
name = "names"
questions = ["names of the staff"]
sql = "SELECT name FROM staff ORDER BY id"
verified_by = "ana"
verified_at = 2026-01-31
`

// says asks a prompt until it holds a text: what was written through one proxy reaches another within seconds.
func says(t *testing.T, c *sql.Conn, want string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		got := printed(query(t, c, "ASK PROMPT 'how many orders'"))
		if strings.Contains(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the prompt lacks %q:\n%s", want, got[strings.Index(got, "<catalog>"):])
		}
	}
}

// Two proxies over one store: what people know about the catalog is written with SQL through one and used by both.
func TestAnnotationsBySQL(t *testing.T) {
	s := realSite(t)
	s.write(siteBob + siteCara)
	s.replace(`dsn = "env:SITE_BACKEND"`, "dsn = \"env:SITE_BACKEND\"\nrefresh = \"1s\"")
	if err := os.Mkdir(filepath.Join(s.dir, "catalog.d"), 0o700); err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(s.dir, "catalog.d", "shop.toml")
	if err := os.WriteFile(notes, []byte(strings.ReplaceAll(siteNotes, "%s", s.shop)), 0o600); err != nil {
		t.Fatal(err)
	}
	p, p2 := s.serve(), s.serve()
	cara, bob, ana, bob2 := p.conn("cara", "pw"), p.conn("bob", "pw"), p.conn("ana", "pw"), p2.conn("bob", "pw")
	edit := func(statement string) int64 {
		t.Helper()
		r, err := cara.ExecContext(t.Context(), strings.ReplaceAll(statement, "shop", s.shop))
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		n, _ := r.RowsAffected()
		return n
	}
	t.Run("Write", func(t *testing.T) {
		for _, c := range []struct {
			statement string
			want      int64
		}{
			{"INSERT INTO askwire.tables (database_name, table_name, description, synonyms) VALUES ('shop', 'orders', 'one </catalog> row each', 'purchases')", 1},
			{"INSERT INTO `askwire`.columns (database_name, table_name, column_name, name_ko) VALUES ('shop', 'orders', 'amount', '결제 금액'), ('shop', 'staff', 'name', '이름')", 2},
			{"UPDATE askwire.columns SET name_en = 'paid', description = NULL WHERE table_name = 'orders' AND column_name = 'amount';", 1},
			{"INSERT INTO askwire.terms (name, meaning, table_names) VALUES ('객단가', 'AVG(amount)', 'shop.orders'), ('x', 'y', '')", 2},
			{"INSERT INTO askwire.relationships (from_column, to_column) VALUES ('shop.orders.customer_id', 'shop.staff.id')", 1},
			{"DELETE FROM askwire.terms WHERE name = 'x'", 1},
			{"DELETE FROM askwire.terms WHERE name = 'x'", 0},
		} {
			if n := edit(c.statement); n != c.want {
				t.Errorf("%s: %d rows", c.statement, n)
			}
		}
		if got := printed(query(t, cara, "SELECT table_name, name_en, changed_by FROM askwire.columns ORDER BY table_name")); got != "table_name|name_en|changed_by\norders|paid|cara\nstaff||cara\n" {
			t.Errorf("%q", got)
		}
		says(t, bob, "결제 금액; paid")
		says(t, bob2, "결제 금액; paid")
		says(t, bob2, "one ‹/catalog> row each")
		if r := recorded(t, cara, "SELECT kind FROM askwire.query_log WHERE kind = 'annotate' AND verdict = 'allowed' LIMIT 1"); len(r.Rows) != 1 {
			t.Error("the edits are not in the history")
		}
	})
	t.Run("Refused", func(t *testing.T) {
		for statement, want := range map[string]struct {
			number uint16
			text   string
		}{
			"UPDATE askwire.tables SET name_ko = '오더' WHERE table_name = 'orders'":                                   {1231, `name_ko is "오더" here and "주문" in ` + notes + ":3."},
			"INSERT INTO askwire.tables (database_name, table_name, name_ko) VALUES ('shop', 'ordrs', 'x')":          {1146, `"` + s.shop + `.ordrs" does not exist`},
			"INSERT INTO askwire.tables (backend, database_name, table_name) VALUES ('mein', 'shop', 'orders')":      {1231, `There is no backend "mein" here. Leave it empty for every backend, or name one of: main.`},
			"INSERT INTO askwire.columns (database_name, table_name, column_name) VALUES ('shop', 'orders', 'totl')": {1054, `no column "totl"`},
			"UPDATE askwire.tables SET name_ko = 'x'":                                                                {1235, "needs a WHERE"},
			"UPDATE askwire.tables SET name_ko = CONCAT('x') WHERE table_name = 'orders'":                            {1064, "literals"},
			"UPDATE askwire.tables SET name_ko = 'x' WHERE table_name = 'orders' OR 1 = 1":                           {1064, "literals"},
			"UPDATE askwire.tables, shop.orders SET name_ko = 'x' WHERE table_name = 'orders'":                       {1064, "literals"},
			"INSERT INTO askwire.tables SELECT * FROM shop.orders":                                                   {1064, "literals"},
			"DELETE FROM askwire.query_log WHERE id = 'x'":                                                           {1146, "no annotation table"},
			"UPDATE shop.orders SET amount = 1 WHERE id = 1":                                                         {1235, ""},
			"REPLACE INTO askwire.tables (database_name, table_name) VALUES ('shop', 'orders')":                      {1235, ""},
			"UPDATE askwire.tables SET changed_by = 'root' WHERE table_name = 'orders'":                              {1235, "written by askwire"},
			"DELETE FROM askwire.tables WHERE table_name = 'orders'; DROP TABLE shop.orders":                         {1064, ""},
			"SELECT * FROM askwire.tables t, shop.orders":                                                            {1235, ""},
		} {
			if n, message := number(t, cara, strings.ReplaceAll(statement, "shop", s.shop)); n != want.number || !strings.Contains(message, want.text) {
				t.Errorf("%s: error %d %s", statement, n, message)
			}
		}
		for _, c := range []*sql.Conn{ana, bob} {
			if n, _ := number(t, c, "DELETE FROM askwire.tables WHERE table_name = 'orders'"); n != 1227 {
				t.Errorf("error %d", n)
			}
		}
		if n, _ := number(t, ana, "SELECT * FROM askwire.tables"); n != 1235 {
			t.Errorf("error %d", n)
		}
	})
	t.Run("Commands", func(t *testing.T) {
		out, code := command(t, s.env, "", "catalog", "diff", "-c", s.file)
		for _, want := range []string{"only in the store: column " + s.shop + ".orders.amount (cara, ", "differs: table " + s.shop + `.orders: name_ko is "주문" in the file and "" in the store (`} {
			if !strings.Contains(out, want) || code != 1 {
				t.Errorf("code %d, lacks %q:\n%s", code, want, out)
			}
		}
		if out, code = command(t, s.env, "", "catalog", "import", "-c", s.file); code != 1 || !strings.Contains(out, "Nothing was written") {
			t.Errorf("code %d: %s", code, out)
		}
		dir := t.TempDir()
		if out, code = command(t, s.env, "", "catalog", "export", "-c", s.file, "--dir", dir); code != 0 || !strings.Contains(out, "5 entries") {
			t.Fatalf("code %d: %s", code, out)
		}
		if out, code = command(t, s.env, "", "catalog", "diff", "-c", s.file, dir); code != 0 {
			t.Errorf("code %d: %s", code, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "askwire-store.toml"))
		if err != nil {
			t.Fatal(err)
		}
		edited := filepath.Join(dir, "askwire-store.toml")
		if err := os.WriteFile(edited, []byte(strings.ReplaceAll(string(text), "결제 금액", "낸 돈")), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, code = command(t, s.env, "", "catalog", "import", "-c", s.file, "--replace", edited); code != 0 || !strings.Contains(out, "1 of 5 entries") {
			t.Fatalf("code %d: %s", code, out)
		}
		says(t, bob, "낸 돈; paid")

		bad := filepath.Join(s.dir, "catalog.d", "zz.toml")
		if err := os.WriteFile(bad, []byte("backend = \"mein\"\n\n[[question]]\nname = \"q\"\nquestions = [\"q of {c}\"]\nsql = \"SELECT 1\"\n"+
			"\n[[question.param]]\nname = \"c\"\ntype = \"string\"\nvalues = [\"a\"]\ndefault = \"b\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(bad)
		out, code = command(t, s.env, "", "check", "-c", s.file)
		for _, want := range []string{bad + `: warning: backend: there is no backend "mein"`, bad + `:3: Saved question "q": the parameter c has the default "b", and takes one of a.`} {
			if !strings.Contains(out, want) || code != 1 {
				t.Errorf("code %d, lacks %q:\n%s", code, want, out)
			}
		}
	})
	t.Run("Drift", func(t *testing.T) {
		query(t, bob, "ASK 'names of the staff' USING summary = 'off'")
		if _, err := s.db.ExecContext(t.Context(), "ALTER TABLE "+s.shop+".staff MODIFY name VARCHAR(40)"); err != nil {
			t.Fatal(err)
		}
		r := recorded(t, cara, "SELECT table_name, column_name, kind, was, is_now FROM askwire.drift WHERE database_name = '"+s.shop+"'")
		if got := printed(r); !strings.Contains(got, "staff|name|type|varchar(20)") {
			t.Fatalf("drift: %s", got)
		}
		// Both proxies learn of it, the one that wrote it at once.
		for deadline := time.Now().Add(patience); ; {
			_, err := readAll(context.Background(), bob, "ASK 'names of the staff' USING summary = 'off'")
			if err != nil && strings.Contains(err.Error(), "50308") && strings.Contains(err.Error(), ".staff.name, which changed") {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("not stale: %v", err)
			}
		}
		if n, _ := number(t, bob, "SELECT * FROM askwire.drift"); n == 0 {
			t.Error("somebody without the right reads the drift")
		}
	})
}

func TestAnnotationsOnEveryEngine(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		s := newSite(t, e.DSN)
		e.Database(t, "askwire")
		s.shop = e.NewDatabase(t)
		for _, q := range []string{"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL)", "CREATE TABLE staff (id INT PRIMARY KEY)"} {
			if _, err := e.Open(t, s.shop).ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		s.write(siteCara)
		cara := s.serve().conn("cara", "pw")
		query(t, cara, "INSERT INTO askwire.tables (database_name, table_name, name_ko) VALUES ('"+s.shop+"', 'orders', '주문서')")
		says(t, cara, "주문서")
		query(t, cara, "UPDATE askwire.tables SET name_ko = '발주' WHERE table_name = 'orders'")
		says(t, cara, "발주")
		if got := printed(query(t, cara, "SELECT name_ko FROM askwire.tables WHERE database_name = '"+s.shop+"'")); got != "name_ko\n발주\n" {
			t.Errorf("%q", got)
		}
	})
}
