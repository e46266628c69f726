package main

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/askwire/askwire/internal/enginetest"
)

// A column of a rule that vanishes while askwire runs: the rule's table is denied to open sessions and their prepared
// statements, and everything when no other is left; the error says which rule is stale and not of which column, the log says all. When it
// is back, so is the table.
func TestColumnVanishes(t *testing.T) {
	enginetest.Each(t, func(t *testing.T, server *enginetest.Server) {
		s := siteOn(t, server)
		s.write(strings.ReplaceAll(`
[[profile]]
name = "careful"
tables = ["SHOP.orders", "SHOP.staff"]
deny_columns = ["SHOP.staff.name"]

[[user]]
name = "bob"
password_hash = "env:SITE_HASH"
profiles = ["careful", "analyst"]
`, "SHOP", s.shop))
		s.replace(`dsn = "env:SITE_BACKEND"`, `dsn = "env:SITE_BACKEND"`+"\n"+`refresh = "1s"`)
		p := s.serve()
		ana, bob := p.conn("ana", "pw"), p.conn("bob", "pw")
		orders, staff := "SELECT id FROM "+s.shop+".orders WHERE id = 1", "SELECT id FROM "+s.shop+".staff"
		prepared, err := ana.PrepareContext(t.Context(), orders)
		if err != nil {
			t.Fatal(err)
		}
		defer prepared.Close()
		change := func(statement string) {
			t.Helper()
			if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		// until asks until the catalog has seen the change: an error whose text says so, or none.
		until := func(c *sql.Conn, statement, want string) {
			t.Helper()
			for deadline := time.Now().Add(patience); ; {
				_, err := readAll(t.Context(), c, statement)
				if err == nil && want == "" || err != nil && want != "" && strings.Contains(err.Error(), want) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: %v, want %q", statement, err, want)
				}
			}
		}

		mark := p.mark()
		change("ALTER TABLE " + s.shop + ".orders DROP COLUMN customer_id")
		until(ana, orders, `50306 (42000): The profile "customer" does not fit the database any more, so nothing is allowed. Stale: rows of `+s.shop+`.orders. Tell the operator`)
		if _, err := prepared.QueryContext(t.Context()); err == nil || !strings.Contains(err.Error(), "Stale: rows of "+s.shop+".orders") {
			t.Errorf("prepared: %v", err)
		}
		if n, message := number(t, ana, "ASK 'how many'"); n != 50306 || !strings.Contains(message, "Stale: rows") {
			t.Errorf("ASK: error %d: %s", n, message)
		}
		if err := p.open("ana", "pw").PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "Stale: rows") {
			t.Errorf("a new login: %v", err)
		}
		p.waitLog(mark, `"profile":"customer"`)
		p.waitLog(mark, `Unknown column 'customer_id'`)
		until(bob, orders, "") // whose profile has no rule about it

		change("ALTER TABLE " + s.shop + ".staff DROP COLUMN name")
		until(bob, staff, "Stale: deny_columns of "+s.shop+".staff.")
		until(bob, orders, "") // no rule about it is stale
		if _, message := number(t, bob, staff); strings.Contains(message, "name") {
			t.Errorf("the denied column is named: %s", message)
		}
		change("ALTER TABLE " + s.shop + ".staff ADD COLUMN name VARCHAR(20)")
		change("ALTER TABLE " + s.shop + ".orders ADD COLUMN customer_id INT NOT NULL DEFAULT 7")
		until(ana, orders, "")
		until(bob, staff, "")
		if rows, err := prepared.QueryContext(t.Context()); err != nil {
			t.Errorf("prepared, afterwards: %v", err)
		} else {
			_ = rows.Close()
		}
		change("DROP TABLE " + s.shop + ".staff")
		until(bob, staff, "Stale: tables of "+s.shop+".staff")
		until(bob, orders, "")
	})
}
