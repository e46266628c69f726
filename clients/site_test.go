//go:build clients

package clients_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
)

const (
	database = "clients"
	user     = "app"
	password = "pw-of-app"
)

// site is an engine, and askwire before it.
type site struct {
	engine  engine.Kind
	direct  string // host:port
	proxied string
	suffix  string // of the announced version
	root    *sql.DB
}

const config = `
[log]
level = "error"
format = "json"

[proxy]
listen = "127.0.0.1:0"
admin_listen = ""

[[backend]]
name = "main"
dsn = "env:CLIENTS_BACKEND"

[store]
dsn = "env:CLIENTS_BACKEND"

[[model]]
name = "default"
provider = "offline"

[[profile]]
name = "app"
tables = ["clients.*"]
cartesian = true
limits = { rows = 1000000, bytes = "1GiB", time = "5m", scan_rows = 1000000000000, questions_per_day = 1000000 }

[[user]]
name = "app"
password_hash = "env:CLIENTS_HASH"
profiles = ["app"]
`

// askwire is the program under test: ASKWIRE_BINARY, or built once.
var askwire = os.Getenv("ASKWIRE_BINARY")

func TestMain(m *testing.M) {
	enginetest.UseWorkingTree()
	if askwire != "" {
		enginetest.Main(m)
	}
	dir, err := os.MkdirTemp("", "askwire-clients-")
	if err != nil {
		panic(err)
	}
	askwire = filepath.Join(dir, "askwire")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", askwire, "../cmd/askwire").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)
	enginetest.Main(m)
}

// newSite fills a database on the engine and starts askwire before it.
func newSite(t *testing.T, kind engine.Kind) *site {
	t.Helper()
	server := enginetest.Get(t, kind)
	server.Database(t, "askwire")
	server.Database(t, database)
	script, err := os.ReadFile("testdata/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := server.Open(t, database)
	for _, q := range append([]string{string(script)}, account(server)...) {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%.80s: %v", q, err)
		}
	}
	s := &site{engine: kind, direct: server.Addr, root: db}
	s.serve(t, server)
	directVersion, proxiedVersion := s.login(t, s.direct), s.login(t, s.proxied)
	var ok bool
	if s.suffix, ok = strings.CutPrefix(proxiedVersion, directVersion); !ok {
		t.Fatalf("the server is %s, askwire announces %s", directVersion, proxiedVersion)
	}
	return s
}

// account makes the account of the direct runs, which may read what the profile shows.
func account(server *enginetest.Server) []string {
	name := "'" + user + "'@'%'"
	return []string{
		"DROP USER IF EXISTS " + name,
		"CREATE USER " + name + " IDENTIFIED BY '" + password + "'",
		"GRANT SELECT ON " + database + ".* TO " + name,
		// A profile lists tables, and askwire shows them as rights on tables.
		"GRANT SELECT ON " + database + ".customers TO " + name,
		"GRANT SELECT ON " + database + ".everything TO " + name,
		"GRANT SELECT ON " + database + ".numbers TO " + name,
	}
}

var listening = regexp.MustCompile(`MySQL protocol on (\S+?:\d+)`)

// stopQueries ends what clients have left behind: a server goes on for one that has hung up.
func (s *site) stopQueries(t *testing.T) {
	t.Helper()
	rows, err := s.root.QueryContext(t.Context(), "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = ? AND COMMAND <> 'Sleep'", user)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		_, _ = s.root.ExecContext(t.Context(), fmt.Sprintf("KILL %d", id)) // it may have ended by now
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

// serve starts askwire; it ends with the test.
func (s *site) serve(t *testing.T, server *enginetest.Server) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config.toml": config, "catalog.d/questions.toml": questionsFile} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hash := exec.Command(askwire, "hash-password", "--native")
	hash.Stdin = strings.NewReader(password + "\n")
	hashed, err := hash.Output()
	if err != nil {
		t.Fatalf("askwire hash-password: %v", err)
	}
	cmd := exec.Command(askwire, "serve", "-c", filepath.Join(dir, "config.toml"))
	cmd.Env = append(os.Environ(), "CLIENTS_BACKEND="+server.DSN, "CLIENTS_HASH="+strings.TrimSpace(string(hashed)))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
		kill := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		kill.Stop()
		if text, _ := os.ReadFile(log.Name()); err != nil || len(text) > 0 {
			t.Errorf("askwire ended with %v; its log of errors:\n%s", err, text)
		}
		_ = log.Close()
	})
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			s.proxied = m[1]
			go func() { _, _ = io.Copy(io.Discard, out) }() // it must never wait for us
			return
		}
	}
	text, _ := os.ReadFile(log.Name())
	t.Fatalf("askwire does not say where it listens:\n%s", text)
}

// login lets the account in once, so that later logins need neither TLS nor a public key, and gives the server's version.
func (s *site) login(t *testing.T, addr string) (version string) {
	t.Helper()
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName = user, password, "tcp", addr, database
	db, err := sql.Open("mysql", c.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&version); err != nil {
		t.Fatalf("%s: %v", addr, err)
	}
	return version
}
