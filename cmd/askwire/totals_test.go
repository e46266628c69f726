package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// recorder is a model that writes the SQL of the test and keeps every byte that it was sent.
type recorder struct {
	mu   sync.Mutex
	sql  string
	seen []string
}

func (m *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	m.seen = append(m.seen, string(b))
	answer := "Here are the totals."
	if strings.Contains(string(b), "cannot_answer") {
		answer = drafted(m.sql, "")
	}
	m.mu.Unlock()
	complete(w, answer)
}

// asked sets the SQL of the next answer, and forgets what was seen.
func (m *recorder) asked(sql string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sql, m.seen = sql, nil
}

func (m *recorder) prompts() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.seen...)
}

// With llm_data = "aggregates" no value of a row reaches the model, whatever SQL it writes: in no prompt, no summary and no repair.
// Names and incomes of the test's people are told apart from everything else by how they look.
func TestModelSeesTotalsOnly(t *testing.T) {
	model := &recorder{}
	server := httptest.NewServer(model)
	defer server.Close()
	backend := enginetest.Get(t, engine.MariaDB)
	s := siteOn(t, backend)
	db := backend.Open(t, s.shop)
	for _, q := range []string{
		"CREATE TABLE people (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL, city VARCHAR(40) NOT NULL, income DECIMAL(12,2) NOT NULL, bonus DECIMAL(12,2), UNIQUE KEY (name))",
		"INSERT INTO people SELECT seq, CONCAT('canary', seq, 'name'), ELT(1 + seq % 3, 'canarycity-a', 'canarycity-b', 'canarycity-c'), 7770000 + seq * 1000, IF(seq = 17, 7777777, NULL) FROM seq_1_to_60",
		"INSERT INTO orders SELECT 100 + seq, 17, 1 FROM seq_1_to_9",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.write("")
	s.replace(`provider = "offline"`, `base_url = "`+server.URL+`/v1"`+"\n"+`model = "recorder"`+"\ncalls_per_minute = 100000")
	s.replace(`tables = ["`+s.shop+`.orders"]`, `tables = ["`+s.shop+`.orders", "`+s.shop+`.people"]`+"\n"+`llm_data = "aggregates"`+"\n"+`llm_keys = ["`+s.shop+`.people.city"]`)
	s.replace("rows = ", "# rows = ")
	c := s.serve().conn("ana", "pw")
	query(t, c, "USE "+s.shop)
	for i, x := range []struct {
		sql  string
		keys bool // values of people.city are meant to be there
		sum  bool // a summary is written
	}{
		{"SELECT city, COUNT(*) AS n, SUM(income) AS s FROM people GROUP BY city", true, true},
		{"SELECT COUNT(*) AS n, AVG(income) AS a, SUM(income > 7780000) AS k FROM people", false, true},
		{"SELECT name, income FROM people", false, false},
		{"SELECT COUNT(*) AS n, MIN(name) AS a, MAX(income) AS b FROM people", false, false},
		{"SELECT COUNT(*) AS n, GROUP_CONCAT(name) AS a FROM people", false, false},
		{"SELECT COUNT(*) AS n, JSON_ARRAYAGG(income) AS a FROM people", false, false},
		{"SELECT name, COUNT(*) AS n FROM people GROUP BY name", false, false},
		{"SELECT p.name, COUNT(*) AS n FROM people p JOIN orders o ON o.customer_id = p.id GROUP BY p.name", false, false},
		{"SELECT COUNT(*) AS n, AVG(p.income) AS a FROM people p JOIN orders o ON o.customer_id = p.id WHERE p.id = 17", false, false},
		{"SELECT COUNT(*) AS n, SUM(IF(id = 17, income, 0)) AS a FROM people", false, false},
		{"SELECT COUNT(*) AS n, SUM(bonus) AS a FROM people", false, false},
		{"SELECT COUNT(*) AS n, SUM(income) AS a FROM people WHERE id = 17", false, false},
		{"SELECT COUNT(*) AS n, (SELECT MAX(name) FROM people) AS a FROM people", false, false},
		{"SELECT * FROM (SELECT COUNT(*) AS n, MAX(name) AS a FROM people) d", false, false},
		{"SELECT COUNT(*) AS n, MAX(name) AS a FROM people UNION ALL SELECT 99, MIN(name) FROM people", false, false},
		{"SELECT CONCAT(city, name) AS k, COUNT(*) AS n FROM people GROUP BY CONCAT(city, name)", false, false},
		{"SELECT UPDATEXML('<a/>', CONCAT('/', (SELECT MAX(name) FROM people)), 'x')", false, false},
		{"SELECT CAST(name AS SIGNED) FROM people WHERE name = 5 / 0", false, false},
		{"SELECT income * 1e308 * 1e308 FROM people", false, false},
		{"SELECT nothing FROM people", false, false},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			model.asked(x.sql)
			if rows, err := c.QueryContext(t.Context(), "ASK 'question number "+fmt.Sprint(i)+"'"); err == nil { // some are refused, which is not the matter here
				for rows.Next() {
				}
				_ = errors.Join(rows.Err(), rows.Close())
			}
			prompts := model.prompts()
			if len(prompts) == 0 {
				t.Fatal("the model was not asked")
			}
			all := strings.Join(prompts, "\n")
			shown := all
			if x.keys {
				shown = strings.ReplaceAll(all, "canarycity-", "")
			}
			for _, word := range []string{"canary", "7777777", "7771000", "7787000", "7830000"} { // a name or a city, the bonus, and incomes
				if strings.Contains(shown, word) {
					t.Errorf("%s: %q reached the model:\n%s", x.sql, word, all)
				}
			}
			if x.keys != strings.Contains(all, "canarycity-") {
				t.Errorf("%s: the keys: %v", x.sql, !x.keys)
			}
			if summary := !strings.Contains(prompts[len(prompts)-1], "cannot_answer"); summary != x.sum {
				t.Errorf("%s: a summary's prompt was sent: %v", x.sql, summary)
			}
		})
	}
}
