package guard

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/askwire/askwire"
)

// TestEmbed: a SELECT in the form in which it stands in another, and what the guard makes of the whole.
func TestEmbed(t *testing.T) {
	p := shopProfile()
	p.Rows = map[string]string{"shop.orders": "customer_id = @user_id"}
	p.Masks = map[string]string{"shop.customers.phone": "partial(2, 2)"}
	p.Cartesian = true
	policy := compile(t, p, shopSnapshot(askwire.MariaDB))
	vars := map[string]askwire.Value{"user_id": {Kind: askwire.Int, Text: "7"}}
	inShop := Gate{Policy: policy, Session: Session{Database: "shop", Vars: vars}}
	nowhere := Gate{Policy: policy, Session: Session{Vars: vars}}
	for _, tt := range []struct{ name, sql, want, columns string }{
		{"NamesInFull", "select name, c.phone from customers c -- x", "SELECT `name`, `c`.`phone` FROM `shop`.`customers` AS `c`", "name|phone"},
		{"Star", "SELECT * FROM products;", "SELECT `products`.`id`, `products`.`name`, `products`.`price`, `products`.`category` FROM `shop`.`products` AS `products`", "id|name|price|category"},
		{"NoPolicies", "SELECT COUNT(*) FROM orders", "SELECT COUNT(1) AS `COUNT(*)` FROM `shop`.`orders` AS `orders`", "COUNT(*)"},
		{"Twice", "SELECT c.id, o.id, o.id AS id_2 FROM customers c JOIN orders o ON o.customer_id = c.id",
			"SELECT `c`.`id`, `o`.`id` AS `id_3`, `o`.`id` AS `id_2` FROM `shop`.`customers` AS `c` JOIN `shop`.`orders` AS `o` ON `o`.`customer_id` = `c`.`id`", "id|id_3|id_2"},
		{"Union", "SELECT id, id FROM customers UNION SELECT id, id FROM orders ORDER BY id",
			"SELECT `id`, `id` AS `id_2` FROM `shop`.`customers` AS `customers` UNION SELECT `id`, `id` FROM `shop`.`orders` AS `orders` ORDER BY `id`", "id|id_2"},
		{"Quotes", `SELECT id AS "a` + "`" + `b" FROM customers WHERE name = 'x\') -- ' LIMIT 3`, "SELECT `id` AS `a``b` FROM `shop`.`customers` AS `customers` WHERE `name` = 'x'') -- ' LIMIT 3", "a`b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, columns, _, err := inShop.Embed(tt.sql, false)
			if err != nil {
				t.Fatal(err)
			}
			if text != tt.want || strings.Join(columns, "|") != tt.columns {
				t.Errorf("got\n%s\n%q\nwant\n%s\n%q", text, columns, tt.want, tt.columns)
			}
			whole, err := nowhere.Check("SELECT * FROM (" + text + ") AS q WHERE 1 = 1 LIMIT 5")
			if err != nil {
				t.Fatalf("the whole: %v", err)
			}
			alone, err := inShop.Check(tt.sql)
			if err != nil {
				t.Fatal(err)
			}
			for _, policied := range []string{"7", "RPAD", "CONCAT("} { // exactly as often as alone
				if a, b := strings.Count(alone.Text(), policied), strings.Count(whole.Text(), policied); a != b && tt.name != "Quotes" {
					t.Errorf("%q %d times alone, %d times in the whole: %s", policied, a, b, whole.Text())
				}
			}
			if a, b := strings.Join(alone.Receipt().Tables, " "), strings.Join(whole.Receipt().Tables, " "); a != b {
				t.Errorf("tables %s alone, %s in the whole", a, b)
			}
		})
	}
	for _, sql := range []string{"SELECT ssn FROM customers", "SELECT 1) AS a, (SELECT 2", "SELECT v FROM secrets", "SELECT 1; SELECT 2", "SELECT ? FROM customers", "SELECT id FROM shop.ask"} {
		if text, _, _, err := inShop.Embed(sql, false); err == nil || text != "" {
			t.Errorf("%s was taken as %s", sql, text)
		}
	}
	if _, _, _, err := (Gate{}).Embed("SELECT 1", false); err == nil {
		t.Error("nothing is allowed without a policy")
	}
}

// TestRows: information_schema with rows of the proxy's own; two sessions with other rows never share a verdict.
func TestRows(t *testing.T) {
	policy := compile(t, shopProfile(), shopSnapshot(askwire.MariaDB))
	value := func(s string) askwire.Value { return askwire.Value{Kind: askwire.String, Text: s} }
	rows := func(key, name string) *Rows {
		return NewRows(key, map[string][]map[string]askwire.Value{"TABLES": {{"TABLE_SCHEMA": value("ask"), "TABLE_NAME": value(name)}}})
	}
	const sql = "SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ask'"
	text := func(r *Rows, sql string) string {
		t.Helper()
		st, err := Gate{Policy: policy, Session: Session{Metadata: true, Rows: r}}.Check(sql)
		if err != nil {
			t.Fatal(err)
		}
		return st.Text()
	}
	for range 2 { // checked, then from the cache
		if got := text(rows("1", "it's"), sql); !strings.Contains(got, "LIMIT 18446744073709551615) UNION ALL SELECT 'ask', 'it''s', NULL) AS `TABLES`") {
			t.Errorf("got %s", got)
		}
		if got := text(rows("2", "other"), sql); strings.Contains(got, "it''s") || !strings.Contains(got, "'other'") {
			t.Errorf("another session's rows: %s", got)
		}
		if got := text(nil, sql); strings.Contains(got, "UNION") {
			t.Errorf("rows out of nothing: %s", got)
		}
	}
	if got := text(rows("1", "x"), "SELECT COUNT(*) FROM information_schema.TABLES"); !strings.Contains(got, "UNION ALL SELECT 1) AS `TABLES`") {
		t.Errorf("got %s", got)
	}
	if got := text(rows("1", "x"), "SELECT * FROM information_schema.COLUMNS"); strings.Contains(got, "UNION") {
		t.Errorf("rows of another table: %s", got)
	}
	bad := NewRows("5", map[string][]map[string]askwire.Value{"TABLES": {{"TABLE_NAME": {Kind: askwire.Int, Text: "1) UNION SELECT v FROM secrets"}}}})
	if st, err := (Gate{Policy: policy, Session: Session{Metadata: true, Rows: bad}}).Check(sql); err == nil {
		t.Errorf("a number that is none is sent as %s", st.Text())
	}
	policy = compile(t, shopProfile(), shopSnapshot(askwire.MySQL)) // whose information_schema is not in utf8mb4
	if got := text(rows("3", "it's"), sql); !strings.Contains(got, "UNION ALL SELECT _ascii'ask', _ascii'it''s', NULL) AS `TABLES`") {
		t.Errorf("got %s", got)
	}
	if got := text(rows("4", "주문"), sql); !strings.Contains(got, "UNION ALL SELECT _ascii'ask', '주문', NULL) AS `TABLES`") {
		t.Errorf("got %s", got)
	}
}

// TestEmbedGolden: what the golden cases admit can stand in another statement, where the same policies hold, and each once; what
// they refuse cannot.
func TestEmbedGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/cases/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	embedded := 0
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		section := map[string]string{}
		for _, f := range a.Files {
			section[f.Name] = string(f.Data)
		}
		profile, snap, session, how := goldenSetup(t, section["policy"], section["session"])
		policy, problems := Compile(profile, snap, HashKey([]byte("test")))
		if len(problems) > 0 || how != "" {
			continue
		}
		g := Gate{Policy: policy, Session: session}
		alone, refused := g.Check(strings.TrimSuffix(section["in.sql"], "\n"))
		text, columns, _, err := g.Embed(strings.TrimSuffix(section["in.sql"], "\n"), false)
		if (err == nil) != (refused == nil) {
			t.Errorf("%s: alone %v, embedded %v", file, refused, err)
		}
		if err != nil {
			continue
		}
		embedded++
		outer := g
		outer.Session.Database, outer.Session.Mode = "", Mode{}
		whole, err := outer.Check("SELECT * FROM (" + text + ") AS `q`")
		switch name := filepath.Base(file); {
		case name == "limit-tables-just.txtar" || strings.Contains(text, "\x00") || slices.Contains(columns, ""): // one table more; a NUL is no text; no name
			if err == nil {
				t.Errorf("%s: admitted", file)
			}
			continue
		case err != nil:
			t.Errorf("%s: %v\n%s", file, err, text)
			continue
		}
		x, y := alone.Receipt(), whole.Receipt()
		for _, lists := range [][2][]string{{x.Tables, y.Tables}, {x.Columns, y.Columns}, {x.Predicates, y.Predicates}, {x.Masks, y.Masks}, {x.Functions, y.Functions}} {
			if !slices.Equal(lists[0], lists[1]) {
				t.Errorf("%s: alone %q, in the whole %q", file, lists[0], lists[1])
			}
		}
		if len(columns) != len(x.Outputs) || len(columns) != len(y.Outputs) {
			t.Errorf("%s: %d columns, %d alone, %d in the whole", file, len(columns), len(x.Outputs), len(y.Outputs))
			continue
		}
		for i := range columns {
			if y.Outputs[i].Name != columns[i] || x.Outputs[i].Masked != y.Outputs[i].Masked || !slices.Equal(x.Outputs[i].Sources, y.Outputs[i].Sources) && filepath.Base(file) != "star-merged-ambiguous.txtar" { // there, the text names one of the merged columns
				t.Errorf("%s: column %q: alone %+v, in the whole %+v", file, columns[i], x.Outputs[i], y.Outputs[i])
			}
		}
	}
	if embedded < 60 {
		t.Errorf("only %d cases", embedded)
	}
}
