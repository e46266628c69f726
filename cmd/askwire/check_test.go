package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// lineOf is the line of the first text in the configuration, as messages name it.
func (s *site) lineOf(text string) string {
	s.t.Helper()
	b, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(b), text)
	if !ok {
		s.t.Fatalf("the configuration has no %q", text)
	}
	return fmt.Sprintf("%s:%d: ", s.file, strings.Count(before, "\n")+1)
}

// Every problem that only the database shows is found at its line, beside problems of the file itself.
func TestCheck(t *testing.T) {
	s := realSite(t)
	s.write(siteBob + strings.ReplaceAll(`
[[user]]
name = "eve"
password_hash = "env:SITE_HASH"
profiles = ["customer"]

[[user]]
name = "tim"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
vars = { user_id = "seven" }

[[profile]]
name = "broken"
tables = ["SHOP.orders", "SHOP.gone"]
deny_columns = [
  "SHOP.orders.id",
  "SHOP.orders.ssn",
]
masks = { "SHOP.orders.id" = "null", "SHOP.orders.amount" = "blur" }
rows = { "SHOP.orders" = "nobody = 1" }
relationships = ["SHOP.orders.customer_id -> SHOP.orders.gone"]

[[profile]]
name = "slow"
tables = ["SHOP.*"]
masks = { "SHOP.orders.customer_id" = "hash" }
rows = { "SHOP.orders" = "amount > @least" }

[[user]]
name = "bi"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
vars = { user_id = 9, least = 1 }
acts_for = [ "slowly", "ana" ]

[[user]]
name = "slowly"
password_hash = "env:NO_SUCH_HASH"
profiles = ["slow"]
vars = { least = 1 }
`, "SHOP", s.shop))
	s.saved("what is gone", "SELECT COUNT(nothing) FROM orders")
	if err := os.WriteFile(filepath.Join(s.dir, "catalog.d", "a.toml"), []byte("[[table]]\nname = \""+s.shop+".gone\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := command(t, s.env, "", "check", "-c", s.file)
	for _, want := range []string{
		s.lineOf(`"`+s.shop+`.gone"]`) + `profile "broken": tables: there is no table "` + s.shop + `.gone". Check the spelling`,
		s.lineOf(`  "`+s.shop+`.orders.ssn"`) + `profile "broken": deny_columns: there is no column`,
		s.lineOf(`masks = { "`+s.shop+`.orders.id"`) + `profile "broken": masks: "` + s.shop + `.orders.id" is also in deny_columns. Remove one of the two.`,
		s.lineOf(`"blur"`) + `profile "broken": masks: "` + s.shop + `.orders.amount": there is no mask "blur".`,
		s.lineOf(`"nobody = 1"`) + `profile "broken": rows: "` + s.shop + `.orders": Unknown column 'nobody'.`,
		s.lineOf(`orders.gone"]`) + `profile "broken": relationships: there is no column`,
		s.lineOf(`.orders.customer_id" = "hash"`) + `warning: profile "slow": masks: "` + s.shop + `.orders.customer_id" is part of an index`,
		s.lineOf(`"amount > @least"`) + `warning: profile "slow": rows: "` + s.shop + `.orders": no index begins with amount`,
		s.lineOf("[[user]]\nname = \"eve\"") + `user "eve": the profile "customer" needs the policy variable "user_id", which the user does not have.`,
		s.lineOf(`user_id = "seven"`) + `user "tim": vars.user_id: the profile "customer" compares it with a number, which it is not.`,
		s.lineOf(`env:NO_SUCH_HASH`) + `user "slowly": password_hash: the environment variable NO_SUCH_HASH is not set.`,
		filepath.Join(s.dir, "catalog.d", "a.toml") + ":1: table \"" + s.shop + ".gone\" does not exist.",
		s.lineOf(`dsn = "env:SITE_BACKEND"`) + `warning: backend "main": its account may do more than SELECT: ALL PRIVILEGES`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if code != 1 || strings.Contains(out, "saved question") {
		t.Errorf("exit code %d, want 1, and nothing about saved questions while a profile is broken", code)
	}
	if t.Failed() {
		t.Log(out)
	}
}

// A configuration that fits: warnings alone, exit code 0; then each thing that is wrong beside the file.
func TestCheckDatabases(t *testing.T) {
	s := realSite(t)
	service := siteService
	s.write(siteBob + service)
	run := func(t *testing.T, env []string, code int, want string) {
		t.Helper()
		out, got := command(t, env, "", "check", "-c", s.file)
		if got != code || !strings.Contains(out, want) {
			t.Errorf("exit code %d, want %d and %q:\n%s", got, code, want, out)
		}
	}
	run(t, s.env, 0, ": 0 problems, 1 warning\n")

	t.Run("SavedQuestion", func(t *testing.T) {
		s.saved("how many", "SELECT COUNT(nothing) FROM orders")
		run(t, s.env, 0, `warning: saved question "q": no profile lets it run. profile "customer": Unknown column 'nothing'.`)
		s.saved("how many", "SELECT COUNT(*) FROM orders")
		run(t, s.env, 0, ": 0 problems, 1 warning\n")
	})
	t.Run("SavedInTheStore", func(t *testing.T) {
		p := s.serve()
		c := p.conn("bob", "pw")
		query(t, c, "USE "+s.shop)
		query(t, c, "ASK 'how many'")
		query(t, c, "ASK SAVE LAST AS 'orders'")
		p.stop(os.Interrupt)
		if _, err := s.db.ExecContext(t.Context(), "ALTER TABLE "+s.shop+".orders RENAME "+s.shop+".renamed"); err != nil {
			t.Fatal(err)
		}
		run(t, s.env, 1, `profile "customer": tables: there is no table "`+s.shop+`.orders".`)
		s.replace(`tables = ["`+s.shop+`.orders"]`+"\n"+`rows = { "`+s.shop+`.orders"`, `tables = ["`+s.shop+`.renamed"]`+"\n"+`rows = { "`+s.shop+`.renamed"`)
		run(t, s.env, 0, `warning: saved question "orders" of bob (id `)
		if _, err := s.db.ExecContext(t.Context(), "UPDATE askwire.goose_db_version SET version_id = version_id + 1000 WHERE version_id > 1"); err != nil {
			t.Fatal(err)
		}
		run(t, s.env, 1, "A newer askwire has migrated them")
	})
	t.Run("Accounts", func(t *testing.T) {
		server := enginetest.Get(t, engine.MariaDB)
		for _, q := range []string{"CREATE USER IF NOT EXISTS 'check_reader'@'%' IDENTIFIED BY 'r'", "GRANT SELECT ON *.* TO 'check_reader'@'%'"} {
			if _, err := s.db.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
		t.Cleanup(func() { _, _ = s.db.Exec("DROP USER 'check_reader'@'%'") }) // a server that others share
		reader := "check_reader:r@tcp(" + server.Addr + ")/"
		env := append(slices.Clone(s.env), "SITE_BACKEND="+reader, "SITE_STORE="+reader)
		run(t, env, 1, "store: its account lacks INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, CREATE VIEW, SHOW VIEW on the schema askwire. GRANT ALL ON askwire.* TO the account.")
		run(t, append(slices.Clone(s.env), "SITE_STORE=root@tcp("+closedPort(t)+")/"), 0, "warning: store: was not reached: ")
	})
	t.Run("ServiceAccount", func(t *testing.T) {
		s.replace("acts_for = [\"ana\", \"cho\"]", "acts_for = [\n  \"ana\",\n  \"cho\",\n]\nvars = { user_id = 7 }")
		s.replace("profiles = [\"analyst\"]\nacts_for", "profiles = [\"customer\"]\nacts_for")
		run(t, s.env, 1, s.lineOf(`  "cho"`)+`user "bi": acts_for: it could not act for "cho": The policy variable "user_id" of the account "bi" has another value than the person's.`)
	})
}

func TestLacking(t *testing.T) {
	wanted := []string{"SELECT", "INSERT", "CREATE"}
	for grants, want := range map[string][]string{
		"GRANT ALL PRIVILEGES ON *.* TO `s`@`%`":                                      nil,
		"GRANT ALL PRIVILEGES ON `askwire`.* TO `s`@`%`":                              nil,
		"GRANT USAGE ON *.* TO `s`@`%`;GRANT ALL PRIVILEGES ON `ask%`.* TO `s`@`%`":   nil,
		"GRANT SELECT, INSERT ON `askwire`.* TO `s`@`%`":                              {"CREATE"},
		"GRANT SELECT ON *.* TO `s`@`%`;GRANT INSERT, CREATE ON `askwir_`.* TO `s`":   nil,
		"GRANT ALL PRIVILEGES ON `other`.* TO `s`@`%`":                                wanted,
		"GRANT ALL PRIVILEGES ON `askwire`.`query_log` TO `s`@`%`":                    wanted,
		"GRANT `keeper`@`%` TO `s`@`%`":                                               nil,
		"GRANT SELECT,INSERT,UPDATE,CREATE ON *.* TO 's'@'%' WITH GRANT OPTION":       nil,
		"GRANT SELECT ON `a\\_kwire`.* TO `s`@`%`;GRANT INSERT ON `askwire`.* TO `s`": {"SELECT", "CREATE"},
	} {
		if got := lacking(strings.Split(grants, ";"), "askwire", wanted); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", grants, got, want)
		}
	}
}

// Lines as MariaDB 10.11, MySQL 9 and TiDB 8.5 print them.
func TestBeyondSelect(t *testing.T) {
	for grant, want := range map[string][]string{
		"GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*00'":               nil,
		"GRANT SELECT ON `shop`.* TO `r`@`%`":                                      nil,
		"GRANT SELECT (`a`, `b`), SHOW VIEW ON `shop`.`t` TO `r`@`%`":              nil,
		"GRANT SELECT, INSERT (`a`, `b`), FILE ON `shop`.`t` TO `r`@`%`":           {"INSERT", "FILE"},
		"GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION":              {"ALL PRIVILEGES", "GRANT OPTION"},
		"GRANT APPLICATION_PASSWORD_ADMIN,AUDIT_ABORT_EXEMPT ON *.* TO `root`@`%`": {"APPLICATION_PASSWORD_ADMIN", "AUDIT_ABORT_EXEMPT"},
		"GRANT `writer`@`%` TO `r`@`%`":                                            {"what the role `writer`@`%` may"},
		"REVOKE INSERT ON `shop`.* FROM `r`@`%`":                                   nil,
	} {
		if got := beyondSelect(grant); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", grant, got, want)
		}
	}
}
