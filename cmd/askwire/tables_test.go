package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A dashboard opens twenty panels at once, each of which probes, describes, counts and reads its question in a way of its own: one
// model call for each question, from however many connections.
func TestDashboard(t *testing.T) {
	s := realSite(t)
	answers := map[string]string{}
	for i := range 4 {
		answers[fmt.Sprintf("number %d of orders", i)] = fmt.Sprintf("SELECT o.id, o.amount + %d AS amount FROM %s.orders o ORDER BY o.amount DESC", i, s.shop)
	}
	url, calls := scriptedModel(t, answers)
	s.write(siteBob)
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	p := s.serve()
	panel := func(i int) error {
		db := p.open("bob", "pw")
		q := fmt.Sprintf("number %d of orders", i%4)
		for _, statement := range []string{
			"SELECT * FROM ask.`" + q + "` WHERE ( 0 = 1 )", // LibreOffice, Tableau
			"SELECT COUNT(*) FROM (SELECT * FROM ASK('" + q + "') AS a) AS b",
			"EXPLAIN SELECT amount FROM (ASK '" + q + "') AS t",
			"SELECT id FROM ask.`" + q + "` LIMIT 0",
			"WITH q AS (ASK AS `" + q + "`) SELECT MAX(amount) FROM q",
			"SELECT amount, SUM(id) AS `SUM(id)` FROM (ASK '" + q + "') AS virtual_table GROUP BY amount ORDER BY `SUM(id)` DESC LIMIT 100", // Superset
		} {
			rows, err := db.QueryContext(t.Context(), statement)
			if err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
			for rows.Next() {
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		st, err := db.PrepareContext(t.Context(), "SELECT amount FROM ask.`"+q+"` AS t WHERE t.id = ?")
		if err != nil {
			return err
		}
		defer st.Close()
		var got string
		if err := st.QueryRowContext(t.Context(), 1).Scan(&got); err != nil || got != fmt.Sprintf("%d.50", 10+i%4) {
			return fmt.Errorf("%q: %w", got, err)
		}
		return nil
	}
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := panel(i); err != nil {
				t.Errorf("panel %d: %v", i, err)
			}
		}()
	}
	wg.Wait()
	if n := calls.Load(); n != 4 {
		t.Errorf("%d model calls for 4 questions", n)
	}
	c := p.conn("bob", "pw")
	log := recorded(t, c, "SELECT stage, COUNT(*) AS n FROM askwire.llm_log GROUP BY stage HAVING COUNT(*) = 4")
	if got := printed(log); got != "stage|n\nsql|4\n" {
		t.Errorf("the log has %q", got)
	}
	// What this profile's rows say must not reach a model: the summary that is selected is NULL, and a Note says why.
	if got := printed(query(t, c, "SELECT id, summary FROM ASK('number 1 of orders') LIMIT 1")); got != "id|summary\n3|NULL\n" || calls.Load() != 4 {
		t.Errorf("%q after %d calls", got, calls.Load())
	}
	if notes := printed(query(t, c, "SHOW WARNINGS")); !strings.Contains(notes, "no summary: ") || !strings.Contains(notes, "plan from the cache") {
		t.Errorf("notes: %s", notes)
	}
}

// A model with a rate answers no more than that: what cannot be asked within its time limit gets a clear error, at once.
func TestModelRate(t *testing.T) {
	s := realSite(t)
	url, calls := scriptedModel(t, map[string]string{"orders": "SELECT COUNT(*) AS n FROM " + s.shop + ".orders"})
	s.write(siteBob)
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"\ncalls_per_minute = 1\ntimeout = \"10s\"")
	p := s.serve()
	var mu sync.Mutex
	var answered, refused int
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			var n int
			err := p.open("bob", "pw").QueryRowContext(ctx, fmt.Sprintf("SELECT n FROM ASK('orders, please, number %d')", i)).Scan(&n)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				answered++
			case strings.Contains(err.Error(), "Error 50303") && strings.Contains(err.Error(), "has no call left within the time limit") && strings.Contains(err.Error(), "Try again in a minute"):
				refused++
			default:
				t.Errorf("panel %d: %v", i, err)
			}
		}()
	}
	wg.Wait()
	if answered != 1 || refused != 19 || calls.Load() != 1 {
		t.Errorf("%d answered, %d refused, %d calls", answered, refused, calls.Load())
	}
}

// Saved questions as views: of one's own, verified, stale, with parameters; and none that names itself.
func TestSavedAsViews(t *testing.T) {
	s := realSite(t)
	url, calls := scriptedModel(t, map[string]string{"total amount": "SELECT SUM(amount) AS total FROM " + s.shop + ".orders", "how many staff": "SELECT COUNT(*) AS n FROM " + s.shop + ".staff"})
	s.write(strings.ReplaceAll(siteVerifiers, "%s", s.shop))
	s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
	s.replace(`dsn = "env:SITE_BACKEND"`, `dsn = "env:SITE_BACKEND"`+"\n"+`refresh = "1s"`)
	dir := filepath.Join(s.dir, "catalog.d")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "q.toml"), []byte(fmt.Sprintf(`database = %q

[[question]]
name = "orders_above"
questions = ["orders of more than {least}"]
sql = "SELECT id, amount FROM orders WHERE amount > :least ORDER BY id LIMIT :n"
verified_by = "vera"

  [[question.param]]
  name = "least"
  type = "int"

  [[question.param]]
  name = "n"
  type = "int"
  default = "10"

[[question]]
name = "itself"
questions = ["what is in itself"]
sql = "SELECT * FROM ask.itself"
verified_by = "vera"
`, s.shop)), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.serve()
	bob, vera, nina := p.conn("bob", "pw"), p.conn("vera", "pw"), p.conn("nina", "pw")
	query(t, bob, "ASK 'total amount of orders' USING summary = 'off'")
	query(t, bob, "ASK SAVE LAST AS '매출 합계'")
	query(t, bob, "ASK 'how many staff are there' USING summary = 'off'")
	query(t, bob, "ASK SAVE LAST AS 'staff'")
	asked := calls.Load()
	if got := printed(query(t, bob, "SHOW TABLES FROM ask")); got != "Tables_in_ask\norders_above\nstaff\n매출 합계\n" {
		t.Errorf("bob's: %q", got)
	}
	if got := printed(query(t, vera, "SHOW TABLES FROM ask")); got != "Tables_in_ask\norders_above\n" {
		t.Errorf("vera's: %q", got)
	}
	if got := printed(query(t, nina, "SHOW TABLES FROM ask")); got != "Tables_in_ask\n" {
		t.Errorf("nina, who may not read orders: %q", got)
	}
	for statement, want := range map[string]string{
		"SELECT total FROM ask.`매출 합계`":                                                                           "total\n130.49\n",
		"SELECT id FROM ask.orders_above(15)":                                                                     "id\n2\n3\n",
		"SELECT id, least FROM ask.orders_above WHERE least = 15 AND n = 1":                                       "id|least\n2|15\n",
		"SELECT q.id FROM `ask`.`orders_above` AS q WHERE (q.`least` = 50)":                                       "id\n3\n",
		"SELECT * FROM ask.orders_above WHERE 1 = 0":                                                              "id|amount|least|n\n",
		"SELECT * FROM ask.orders_above LIMIT 0":                                                                  "id|amount|least|n\n",
		"SHOW COLUMNS FROM ask.orders_above LIKE 'a%'":                                                            "Field|Type|Null|Key|Default|Extra\namount|decimal(10,2)|NO||NULL|\n",
		"SELECT COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_NAME = '매출 합계'":              "COLUMN_NAME|COLUMN_TYPE\ntotal|decimal(32,2)\n",
		"SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ask' AND TABLE_NAME = 'staff'": "TABLE_COMMENT\nhow many staff are there\n",
	} {
		if got := printed(query(t, bob, statement)); got != want {
			t.Errorf("%s: %q, want %q", statement, got, want)
		}
	}
	for statement, want := range map[string]string{
		"SELECT * FROM ask.orders_above":                              "needs a value for least. Write WHERE least = …, or give the arguments in brackets",
		"SELECT * FROM ask.orders_above('many')":                      "'many' is no value for least",
		"SELECT * FROM ask.orders_above(1, 2, 3)":                     "takes 2 arguments, not 3",
		"SELECT * FROM ask.itself":                                    "There is no saved question 'itself' for you",
		"SELECT * FROM ask.nothing":                                   "There is no saved question 'nothing' for you",
		"SELECT * FROM ask.orders_above WHERE least = 1 OR least = 2": "needs a value for least",
	} {
		if _, message := number(t, bob, statement); !strings.Contains(message, want) {
			t.Errorf("%s: %s", statement, message)
		}
	}
	if _, message := number(t, vera, "SELECT * FROM ask.staff"); !strings.Contains(message, "no saved question 'staff' for you") {
		t.Errorf("bob's own question: %s", message)
	}
	if n := calls.Load() - asked; n != 0 {
		t.Errorf("%d model calls for saved questions", n)
	}
	query(t, vera, "ASK VERIFY 'staff'")
	if got := printed(query(t, nina, "SHOW TABLES FROM ask")); got != "Tables_in_ask\nstaff\n" {
		t.Errorf("nina, once it is verified: %q", got)
	}

	// The table of a saved question is gone.
	if _, err := s.db.ExecContext(t.Context(), "ALTER TABLE "+s.shop+".staff RENAME TO "+s.shop+".people"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; {
		got := printed(query(t, bob, "SELECT TABLE_COMMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'ask' AND TABLE_NAME = 'staff'"))
		if strings.HasPrefix(got, "TABLE_COMMENT\nstale: ") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not listed as stale: %q", got)
		}
	}
	if n, message := number(t, bob, "SELECT * FROM ask.staff"); n != 50308 || !strings.Contains(message, `"staff" does not fit the database any more`) {
		t.Errorf("error %d: %s", n, message)
	}
	if n, _ := number(t, bob, "SHOW COLUMNS FROM ask.staff"); n != 50308 {
		t.Errorf("error %d", n)
	}
}
