package main

import (
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/enginetest"
)

// Parameters of a saved question take the type of the column that they are compared with, as each server names it; other values
// need no model, in words, by name and as a view, and what is not of the type is refused.
func TestSavedParamsOnEveryEngine(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, e *enginetest.Server) {
		s := newSite(t, e.DSN)
		e.Database(t, "askwire")
		s.shop = e.NewDatabase(t)
		db := e.Open(t, s.shop)
		for _, q := range []string{
			"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, city VARCHAR(20) NOT NULL, amount DECIMAL(10,2) NOT NULL, units SMALLINT UNSIGNED NOT NULL, sold_on DATE NOT NULL)",
			"INSERT INTO orders VALUES (1, 7, 'Busan', 10.50, 3, '2026-01-05'), (2, 7, 'Busan', 20.00, 4, '2026-02-05'), (3, 8, 'Seoul', 99.99, 5, '2026-03-05'), (4, 8, 'it''s', 7, 9, '2026-03-06')",
			"CREATE TABLE staff (id INT PRIMARY KEY)",
		} {
			if _, err := db.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		url, calls := scriptedModel(t, map[string]string{"orders in": "SELECT o.id FROM " + s.shop + ".orders o WHERE o.city = 'Busan' AND o.amount > 5.25 AND o.units >= 3 AND o.sold_on >= '2026-01-01' ORDER BY o.id"})
		s.write(siteBob)
		s.replace(`provider = "offline"`, "provider = \"openai\"\nbase_url = \""+url+"\"\nmodel = \"fake\"")
		bob := s.serve().conn("bob", "pw")
		query(t, bob, "SET askwire.summary = 'off'")
		if got := printed(query(t, bob, "ASK 'orders in Busan over 5.25 of 3 units since 2026-01-01'")); got != "id\n1\n2\n" {
			t.Fatalf("%q", got)
		}
		if n, message := number(t, bob, "ASK SAVE LAST AS 'big' USING city = 'Busan' IN ('Seoul')"); n != 1210 || !strings.Contains(message, "takes one of Seoul") {
			t.Errorf("a value outside of its list: error %d: %s", n, message)
		}
		query(t, bob, "ASK SAVE LAST AS 'big' USING city = 'Busan' IN ('Seoul', 'Busan', 'it''s'), least = 5.25 BETWEEN 1 AND 99.99, units = 3, since = '2026-01-01' BETWEEN '2026-01-01' AND '2026-12-31'")
		notes := printed(query(t, bob, "SHOW WARNINGS"))
		for _, want := range []string{"city: one of Seoul, Busan, it's; Busan if none is given", "least: a number from 1 to 99.99; 5.25 if none is given", "units: a whole number; 3 if",
			"since: a date such as '2026-01-31' from 2026-01-01 to 2026-12-31; 2026-01-01 if"} {
			if !strings.Contains(notes, want) {
				t.Errorf("no %q in %s", want, notes)
			}
		}
		for statement, want := range map[string]string{
			"SHOW CREATE TABLE ask.big":                   "/* parameters: city: one of Seoul, Busan, it's; Busan if none is given. least: a number from 1 to 99.99; 5.25 if none is given. units: ",
			"EXPLAIN ASK 'big'":                           "parameters|city: one of Seoul, Busan, it's; Busan if none is given\nleast: a number from 1 to 99.99; 5.25 if none is given\nunits: ",
			"SHOW FULL COLUMNS FROM ask.big LIKE 'least'": "|NO||5.25||select|parameter least: a number from 1 to 99.99; 5.25 if none is given\n",
			"SELECT COLUMN_DEFAULT, COLUMN_COMMENT FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'ask' AND COLUMN_NAME = 'units'": "3|parameter units: a whole number; 3 if none is given\n",
		} {
			if got := printed(query(t, bob, statement)); !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", statement, got, want)
			}
		}
		before := calls.Load()
		for statement, want := range map[string]string{
			"ASK 'orders in Seoul over 50 of 5 units since 2026-03-01'":   "id\n3\n",
			"ASK 'Orders in it''s over 1 of 1 units since March 6 2026?'": "id\n4\n",
			"ASK 'big'":                                                                                   "id\n1\n2\n",
			"SELECT id FROM ask.big('Busan', 15)":                                                         "id\n2\n",
			"SELECT id FROM ask.big WHERE units = 4":                                                      "id\n2\n",
			"SELECT id FROM ask.big WHERE city = 'Seoul'":                                                 "id\n3\n",
			"SELECT id FROM ask.big WHERE city IN ('Seoul') AND 60 = least":                               "id\n3\n",
			"SELECT id FROM ask.big('Seoul', 1, 1) WHERE city IN ('Seoul', 'Busan')":                      "id\n3\n",
			"SELECT id, since FROM ask.big WHERE since = 'February 1 2026'":                               "id|since\n2|2026-02-01\n",
			"SELECT t.id FROM (SELECT x.id, x.city AS city FROM ask.big x) t WHERE t.city = 'Seoul'":      "id\n3\n",
			"SELECT id, since FROM ask.big('Seoul', NULL)":                                                "id|since\n",
			"SELECT id FROM ask.big WHERE city = NULL":                                                    "id\n",
			"SELECT id FROM (SELECT * FROM ask.big) AS virtual_table WHERE city IN ('Seoul')":             "id\n3\n",
			"SELECT id FROM (SELECT * FROM ask.big WHERE least = 15) t WHERE t.since = DATE '2026-02-01'": "id\n2\n",
		} {
			if got := printed(query(t, bob, statement)); got != want {
				t.Errorf("%s: %q, want %q", statement, got, want)
			}
		}
		for statement, want := range map[string]string{
			"SELECT id FROM ask.big('Busan', 'many')":                 "'many' is no value for least of the saved question \"big\". It takes a number from 1 to 99.99.",
			"SELECT id FROM ask.big('Busan', 100)":                    "'100' is no value for least",
			"SELECT id FROM ask.big('Jeju')":                          "It takes one of Seoul, Busan, it's.",
			"SELECT id FROM ask.big('Busan', 1, 2.5)":                 "'2.5' is no value for units",
			"SELECT id FROM ask.big('Busan', 1, 2, 'old')":            "'old' is no value for since",
			"SELECT id FROM ask.big WHERE city IN ('Seoul', 'Busan')": "The parameter city of the saved question \"big\" takes one value",
		} {
			if n, message := number(t, bob, statement); n != 1210 || !strings.Contains(message, want) {
				t.Errorf("%s: error %d: %s", statement, n, message)
			}
		}
		if n, message := number(t, bob, "SELECT id FROM ask.big(?, 15)"); n != 1064 {
			t.Errorf("a marker without a value: error %d: %s", n, message)
		}
		for want, args := range map[string][]any{"id|?\n2|1\n": {"1", "Busan", "February 1 2026", 1}, "id|?\n3|2\n": {"2", "Seoul", "2026-01-01", 60}} {
			if got := transcript(t.Context(), bob, "SELECT id, ? FROM ask.big(?) WHERE since = ? AND least IN (?)", args...); got != want {
				t.Errorf("%v: %q", args, got)
			}
		}
		if n := calls.Load() - before; n != 0 {
			t.Errorf("%d model calls", n)
		}
	})
}
