package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire"
	"github.com/askwire/askwire/internal/enginetest"
)

// What a backend does not know any more has the catalog read again at once: an hour before its time. Nothing of the index is told.
func TestOutdatedCatalog(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, server *enginetest.Server) {
		if server.Family == askwire.Embedded {
			return // has no indexes that the gate would name
		}
		s := siteOn(t, server)
		s.write(strings.ReplaceAll(`
[[profile]]
name = "careful"
tables = ["SHOP.orders", "SHOP.people"]
deny_columns = ["SHOP.people.pay"]

[[user]]
name = "bob"
password_hash = "env:SITE_HASH"
profiles = ["careful"]
`, "SHOP", s.shop))
		s.replace(`dsn = "env:SITE_BACKEND"`, `dsn = "env:SITE_BACKEND"`+"\n"+`refresh = "1h"`)
		change := func(statements ...string) {
			t.Helper()
			for _, q := range statements {
				if _, err := s.db.ExecContext(t.Context(), strings.ReplaceAll(q, "SHOP", s.shop)); err != nil {
					t.Fatal(err)
				}
			}
		}
		change("CREATE TABLE SHOP.people (id INT PRIMARY KEY, name VARCHAR(20), pay INT, KEY tells_pay (pay))", "INSERT INTO SHOP.people VALUES (1, 'a', 5), (2, 'b', 4)")
		p := s.serve()
		bob := p.conn("bob", "pw")
		people := "SELECT id FROM " + s.shop + ".people"
		prepared, err := bob.PrepareContext(t.Context(), people+" WHERE id > ?")
		if err != nil {
			t.Fatal(err)
		}
		defer prepared.Close()
		// heals sends a statement until it succeeds, and returns how often it did not.
		heals := func(statement string, want uint16) (failed int) {
			t.Helper()
			for deadline := time.Now().Add(patience); ; failed++ {
				_, err := readAll(t.Context(), bob, statement)
				if err == nil {
					return failed
				}
				var e *mysql.MySQLError
				if !errors.As(err, &e) || e.Number != want || strings.Contains(e.Message, "tells_pay") || time.Now().After(deadline) {
					t.Fatalf("%s: %v, want error %d for a moment", statement, err, want)
				}
			}
		}
		change("DROP INDEX tells_pay ON SHOP.people")
		if heals(people, 1412) == 0 {
			t.Error("the index was not missed")
		}
		rows, err := prepared.QueryContext(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
		change("ALTER TABLE SHOP.people RENAME COLUMN name TO called")
		heals("SELECT * FROM "+s.shop+".people", 1054)
	})
}
