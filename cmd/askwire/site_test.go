package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
)

func TestProfilesAndRights(t *testing.T) {
	s := realSite(t)
	s.write(strings.ReplaceAll(siteBob, `["analyst"]`, `["analyst", "customer"]`) + "vars = { user_id = 8 }\n" +
		"\n[[user]]\nname = \"old\"\npassword_hash = \"env:SITE_HASH\"\nprofiles = [\"analyst\"]\nerrors = \"compatible\"\n" +
		"\n[[user]]\nname = \"eve\"\npassword_hash = \"env:SITE_HASH\"\nprofiles = [\"customer\"]\n")
	p := s.serve()
	ana, bob := p.conn("ana", "pw"), p.conn("bob", "pw")
	orders := "SELECT id FROM " + s.shop + ".orders ORDER BY id"
	t.Run("ChosenProfile", func(t *testing.T) {
		if got := printed(query(t, bob, orders)); got != "id\n1\n2\n3\n" {
			t.Errorf("%q", got)
		}
		query(t, bob, "SET askwire.profile = 'customer'")
		if got := printed(query(t, bob, orders)); got != "id\n3\n" {
			t.Errorf("%q", got)
		}
		query(t, bob, "SET askwire.profile = DEFAULT")
		if n, message := number(t, ana, "SET askwire.profile = 'analyst'"); n != 1227 {
			t.Errorf("ana takes another profile: %d %s", n, message)
		}
	})
	t.Run("AuditSeesAll", func(t *testing.T) {
		number(t, ana, "DROP TABLE "+s.shop+".orders") // denied statements are recorded
		for _, c := range []struct {
			name string
			got  string
		}{
			{"bob", printed(recorded(t, bob, "SELECT DISTINCT `user` FROM askwire.query_log WHERE `user` = 'ana'"))},
			{"ana", printed(recorded(t, ana, "SELECT DISTINCT `user` FROM askwire.query_log"))},
		} {
			if c.got != "user\nana\n" {
				t.Errorf("%s sees %q", c.name, c.got)
			}
		}
		query(t, bob, "SELECT 1")
		if n, _ := number(t, bob, "DROP TABLE "+s.shop+".orders"); n != 1235 {
			t.Errorf("error %d", n)
		}
		if got := printed(query(t, ana, "SELECT COUNT(*) AS n FROM askwire.query_log WHERE `user` = 'bob'")); got != "n\n0\n" {
			t.Errorf("ana sees rows of bob: %q", got)
		}
	})
	t.Run("CompatibleErrors", func(t *testing.T) {
		if n, _ := number(t, p.conn("old", "pw"), "ASK 'what is love'"); n != 1064 {
			t.Errorf("error %d, want 1064", n)
		}
		if n, _ := number(t, bob, "ASK 'what is love'"); n != 50301 {
			t.Errorf("error %d, want 50301", n)
		}
	})
	t.Run("LogsHoldNoLiterals", func(t *testing.T) {
		query(t, bob, "SELECT COUNT(*) FROM "+s.shop+".staff WHERE name = 'topsecret1'")
		for _, statement := range []string{
			"SELECT * FROM mysql.user WHERE user = 'topsecret2'", "SELEC 'topsecret3'", "DELETE FROM t WHERE a = 'topsecret4'",
			"ASK 'how much does topsecret5 earn'", "SET NAMES 'topsecret6'", "SELECT SLEEP('topsecret7')",
		} {
			number(t, bob, statement)
		}
		if strings.Contains(p.text(), "topsecret") {
			t.Errorf("%s", p.text())
		}
	})
	t.Run("MissingVariableRefusesLogin", func(t *testing.T) {
		err := p.open("eve", "pw").PingContext(t.Context())
		var e *mysql.MySQLError
		if !errors.As(err, &e) || e.Number != 1045 || !strings.Contains(e.Message, "user_id") {
			t.Errorf("%v", err)
		}
	})
}

// While the store is down, questions are refused where the audit is required; with best_effort they are answered, and their
// records wait in the spool.
func TestStoreDown(t *testing.T) {
	for audit, answered := range map[string]bool{"required": false, "best_effort": true} {
		t.Run(audit, func(t *testing.T) {
			s := realSite(t)
			s.env = append(s.env, "SITE_STORE=root@tcp("+closedPort(t)+")/")
			s.saved("how many orders", "SELECT COUNT(*) AS n FROM orders")
			s.write("")
			s.replace(`audit = "best_effort"`, `audit = "`+audit+`"`)
			p := s.serve()
			c := p.conn("ana", "pw")
			const ask = "ASK 'how many orders' USING summary = 'off'"
			if answered {
				if got := printed(query(t, c, ask)); got != "n\n2\n" {
					t.Errorf("%q", got)
				}
			} else if n, message := number(t, c, ask); n != 50309 {
				t.Errorf("error %d: %s", n, message)
			}
			if got := printed(query(t, c, "SELECT COUNT(*) AS n FROM "+s.shop+".orders")); got != "n\n2\n" {
				t.Errorf("plain SQL: %q", got)
			}
			if n, message := number(t, c, "SELECT * FROM askwire.query_log"); n != 50309 {
				t.Errorf("error %d: %s", n, message)
			}
			code, body := get(t, "http://"+p.admin()+"/readyz")
			if ready := code == 200; ready != answered {
				t.Errorf("/readyz: %d %q", code, body)
			}
			p.stop(syscall.SIGTERM)
			if got := s.spooled(); !strings.Contains(got, "how many orders") || strings.Contains(got, `"verdict":"failed"`) == answered {
				t.Errorf("the spool holds %q", got)
			}
		})
	}
}

// saved adds a verified question.
func (s *site) saved(phrase, sql string) {
	s.t.Helper()
	dir := filepath.Join(s.dir, "catalog.d")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	text := fmt.Sprintf("database = %q\n[[question]]\nname = \"q\"\nquestions = [%q]\nsql = %q\nverified_by = \"ana\"\n", s.shop, phrase, sql)
	if err := os.WriteFile(filepath.Join(dir, "q.toml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// replace changes the configuration.
func (s *site) replace(old, text string) {
	s.t.Helper()
	b, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		s.t.Fatalf("the configuration has no %q", old)
	}
	if err := os.WriteFile(s.file, []byte(strings.Replace(string(b), old, text, 1)), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// spooled is what the spool holds.
func (s *site) spooled() string {
	s.t.Helper()
	var out strings.Builder
	if err := filepath.WalkDir(filepath.Join(s.dir, "spool"), func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		out.Write(b)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return out.String()
}

// New connections go to the first server that answers.
func TestFailOver(t *testing.T) {
	s := realSite(t)
	s.env = append(s.env, "SITE_DOWN=root@tcp("+closedPort(t)+")/")
	s.write("")
	s.replace(`dsn = "env:SITE_BACKEND"`, "dsn = \"env:SITE_DOWN\"\ndsn_replicas = [\"env:SITE_BACKEND\"]")
	if got := printed(query(t, s.serve().conn("ana", "pw"), "SELECT COUNT(*) AS n FROM "+s.shop+".orders")); got != "n\n2\n" {
		t.Errorf("%q", got)
	}
}

func TestTLS(t *testing.T) {
	s := realSite(t)
	cert, err := selfSigned("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	for name, text := range map[string][]byte{
		"cert.pem": certPEM,
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.write("")
	s.replace("[proxy]\n", "[proxy]\ntls_cert = \"cert.pem\"\ntls_key = \"key.pem\"\nrequire_tls = true\n")
	p := s.serve()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(certPEM) {
		t.Fatal("the certificate cannot be read back")
	}
	if err := mysql.RegisterTLSConfig("askwire-test", &tls.Config{RootCAs: roots, ServerName: "localhost"}); err != nil {
		t.Fatal(err)
	}
	open := func(mode string) error {
		c, err := mysql.NewConnector(&mysql.Config{User: "ana", Passwd: "pw", Net: "tcp", Addr: p.addr, TLSConfig: mode, AllowNativePasswords: true})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := c.Connect(t.Context())
		if err == nil {
			err = conn.Close()
		}
		return err
	}
	if err := open("askwire-test"); err != nil {
		t.Errorf("verified: %v", err)
	}
	var e *mysql.MySQLError
	if err := open("false"); !errors.As(err, &e) || e.Number != 3159 {
		t.Errorf("without TLS: %v, want 3159", err)
	}
}
