package main

import (
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// parrot is a model that always writes the same SQL.
type parrot struct {
	sql   atomic.Pointer[string]
	calls atomic.Int64
}

func (m *parrot) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.calls.Add(1)
	complete(w, drafted(*m.sql.Load(), ""))
}

// roads are all ways to a statement that was admitted before: the policy in force decides, not the one of then.
type roads struct {
	t        *testing.T
	p        *process
	c        *sql.Conn
	id       string // of an ASK SQL
	prepared map[string]*sql.Stmt
}

// openRoads asks, saves and prepares SQL that reads orders.amount, and sees that everything answers.
func openRoads(t *testing.T, p *process, db, column string) *roads {
	t.Helper()
	r := &roads{t: t, p: p, c: p.conn("bob", "pw"), prepared: map[string]*sql.Stmt{}}
	query(t, r.c, "USE "+db)
	query(t, r.c, "SET askwire.summary = 'off'")
	query(t, r.c, "ASK 'what is on the list'")
	query(t, r.c, "ASK SAVE LAST AS 'mine'")
	r.id = value(query(t, r.c, "ASK SQL 'what is on the other list'").Rows[0][0])
	for name, text := range map[string]string{
		"Plain": "SELECT " + column + " FROM orders WHERE id > ?", "Ask": "ASK 'what is on the list'", "AskMarker": "ASK ?", "Run": "ASK RUN '" + r.id + "'",
		"View": "SELECT * FROM ask.`mine`", "Table": "SELECT * FROM ASK('what is on the list') AS t",
	} {
		st, err := r.c.PrepareContext(t.Context(), text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		t.Cleanup(func() { _ = st.Close() })
		r.prepared[name] = st
	}
	for name, err := range r.walk() {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return r
}

// walk goes every road and returns how each ended.
func (r *roads) walk() map[string]error {
	out := map[string]error{}
	for name, text := range map[string]string{
		"CachedPlan": "ASK 'what is on the list'", "RunID": "ASK RUN '" + r.id + "'", "SavedName": "ASK 'mine'", "SavedView": "SELECT * FROM ask.`mine`",
		"AsTable": "SELECT * FROM ASK('what is on the list') AS t", "More": "ASK MORE 'and the rest'", "SavedInFile": "ASK 'how many are there'", "ExplainAsk": "EXPLAIN ASK 'what is on the list'",
	} {
		_, out[name] = readAll(r.t.Context(), r.c, text)
	}
	for name, st := range r.prepared {
		var args []any
		switch name {
		case "Plain":
			args = []any{0}
		case "AskMarker":
			args = []any{"what is on the list"}
		}
		rows, err := st.QueryContext(r.t.Context(), args...)
		if err == nil {
			for rows.Next() {
			}
			err = rows.Err()
			_ = rows.Close()
		}
		out["Prepared"+name] = err
	}
	return out
}

func rebindSite(t *testing.T, column string) (*site, *process, *parrot) {
	t.Helper()
	model := &parrot{}
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	s := realSite(t)
	text := "SELECT id, " + column + " FROM " + s.shop + ".orders"
	model.sql.Store(&text)
	s.write(siteBob)
	s.replace(`provider = "offline"`, `base_url = "`+server.URL+`/v1"`+"\n"+`model = "parrot"`)
	s.replace(`dsn = "env:SITE_BACKEND"`, `dsn = "env:SITE_BACKEND"`+"\n"+`refresh = "1s"`)
	s.saved("how many are there", "SELECT COUNT("+column+") AS n FROM orders")
	return s, s.serve(), model
}

// A reload that denies a column binds every road at its next statement, and so does one that takes a row policy in.
func TestReloadBindsEveryRoad(t *testing.T) {
	s, p, _ := rebindSite(t, "amount")
	r := openRoads(t, p, s.shop, "amount")
	before := query(t, r.c, "SELECT COUNT(*) FROM orders")
	if value(before.Rows[0][0]) != "3" {
		t.Fatal(printed(before))
	}
	s.replace(`name = "analyst"`, `name = "analyst"`+"\n"+`deny_columns = ["`+s.shop+`.orders.amount"]`)
	p.waitLog(p.hup(), "reloaded")
	for name, err := range r.walk() {
		if err == nil {
			t.Errorf("%s still shows the denied column", name)
		} else if !strings.Contains(err.Error(), "Error 1143") && !strings.Contains(err.Error(), "Error 503") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.replace(`deny_columns = ["`+s.shop+`.orders.amount"]`, `rows = { "`+s.shop+`.orders" = "customer_id = @user_id" }`)
	s.replace(`rights = ["audit"]`, `rights = ["audit"]`+"\nvars = { user_id = 8 }")
	p.waitLog(p.hup(), "reloaded")
	for name, err := range r.walk() {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, ask := range []string{"ASK 'what is on the list'", "ASK 'mine'", "ASK RUN '" + r.id + "'", "SELECT id, amount FROM ask.`mine`"} {
		if got := printed(query(t, r.c, ask)); got != "id|amount\n3|99.99\n" {
			t.Errorf("%s shows rows of others: %q", ask, got)
		}
	}
	var id int
	var amount float64
	rows, err := r.prepared["Ask"].QueryContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for n := 0; rows.Next(); n++ {
		if err := rows.Scan(&id, &amount); err != nil || id != 3 || n > 0 {
			t.Errorf("a prepared question shows row %d: %v", id, err)
		}
	}
}

// A column, then a table, that vanishes between PREPARE and EXECUTE, between a question and its cached plan: an error of that,
// never other rows; and the road is open again when it is back.
func TestVanishingBetweenPrepareAndExecute(t *testing.T) {
	s, p, _ := rebindSite(t, "amount")
	r := openRoads(t, p, s.shop, "amount")
	change := func(statement string) {
		t.Helper()
		if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	ends := func(want func(name string, err error) bool) {
		t.Helper()
		for deadline := time.Now().Add(patience); ; {
			bad := map[string]error{}
			for name, err := range r.walk() {
				if !want(name, err) {
					bad[name] = err
				}
			}
			if len(bad) == 0 {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v", bad)
			}
		}
	}
	gone := func(_ string, err error) bool {
		return err != nil && (strings.Contains(err.Error(), "Error 1054") || strings.Contains(err.Error(), "Error 1146") || strings.Contains(err.Error(), "Error 1142") ||
			strings.Contains(err.Error(), "Error 503"))
	}
	change("ALTER TABLE " + s.shop + ".orders DROP COLUMN amount")
	if err := r.walk()["PreparedPlain"]; !gone("", err) { // before the catalog knows
		t.Errorf("at once: %v", err)
	}
	ends(gone)
	change("ALTER TABLE " + s.shop + ".orders ADD COLUMN amount DECIMAL(10,2) NOT NULL DEFAULT 1")
	ends(func(name string, err error) bool { // a verified question waits for somebody who looks at the new column
		return err == nil || name == "SavedInFile" && strings.Contains(err.Error(), "Error 50308")
	})
	change("DROP TABLE " + s.shop + ".orders")
	ends(func(_ string, err error) bool { // the profile customer names the table; analyst has the database
		return gone("", err)
	})
}
