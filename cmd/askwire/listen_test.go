package main

import (
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

// One process in front of a MariaDB and a MySQL: each has a listener that greets with its version and begins with its profile.
func TestTwoListeners(t *testing.T) {
	s := realSite(t)
	other := enginetest.Get(t, engine.MySQL)
	db := other.NewDatabase(t)
	for _, q := range []string{"CREATE TABLE plants (id INT PRIMARY KEY, name VARCHAR(20))", "INSERT INTO plants VALUES (1, 'fern')"} {
		if _, err := other.Open(t, db).ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	s.env = append(s.env, "SITE_OTHER="+other.DSN)
	s.write(strings.ReplaceAll(siteBob, `["analyst"]`, `["analyst", "botanist"]`) + fmt.Sprintf(`
[[backend]]
name = "garden"
dsn = "env:SITE_OTHER"

[[profile]]
name = "botanist"
backend = "garden"
tables = ["%s.*"]

[[listener]]
listen = "127.0.0.1:0"
announce = "garden"
require_tls = true
`, db))
	s.replace("name = \"customer\"\n", "name = \"customer\"\nbackend = \"main\"\n")
	s.replace("name = \"analyst\"\n", "name = \"analyst\"\nbackend = \"main\"\n")
	p := s.serve()
	lines := regexp.MustCompile(`MySQL protocol on (\S+)\n`)
	for len(lines.FindAllString(p.text(), -1)) < 2 {
		select {
		case <-p.logged:
		case <-p.exit:
			t.Fatal(p.text())
		}
	}
	var addrs []string
	for _, m := range lines.FindAllStringSubmatch(p.text(), -1) {
		addrs = append(addrs, m[1])
	}
	for i, want := range []struct{ version, query, result string }{
		{"MariaDB", "SELECT COUNT(*) AS n FROM " + s.shop + ".orders", "n\n3\n"},
		{"9.", "SELECT name FROM " + db + ".plants", "name\nfern\n"},
	} {
		p.addr = addrs[i]
		c := p.connTLS("bob", "pw")
		if got := value(query(t, c, "SELECT VERSION()").Rows[0][0]); !strings.Contains(got, want.version) || !strings.HasSuffix(got, "-askwire") {
			t.Errorf("listener %d announces %s", i, got)
		}
		if got := printed(query(t, c, want.query)); got != want.result {
			t.Errorf("listener %d: %q", i, got)
		}
		if got := printed(query(t, c, "SELECT @@version")); !strings.Contains(got, want.version) {
			t.Errorf("listener %d: @@version is %s", i, got)
		}
	}
	// ana has no profile of the second backend: she begins with her first.
	if got := printed(query(t, p.connTLS("ana", "pw"), "SELECT COUNT(*) AS n FROM "+s.shop+".orders")); got != "n\n2\n" {
		t.Errorf("ana: %q", got)
	}
	// The second listener requires TLS, the first does not.
	var e *mysql.MySQLError
	if err := p.open("bob", "pw").PingContext(t.Context()); !errors.As(err, &e) || e.Number != 3159 {
		t.Errorf("without TLS: %v", err)
	}
	p.addr = addrs[0]
	query(t, p.conn("bob", "pw"), "SELECT 1")
}

// connTLS is conn over TLS; the certificate is the process's own.
func (p *process) connTLS(user, password string) *sql.Conn {
	p.t.Helper()
	c, err := mysql.NewConnector(&mysql.Config{User: user, Passwd: password, Net: "tcp", Addr: p.addr, AllowNativePasswords: true,
		TLS: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		p.t.Fatal(err)
	}
	db := sql.OpenDB(c)
	p.t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(p.t.Context())
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.text())
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	return conn
}
