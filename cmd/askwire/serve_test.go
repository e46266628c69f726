package main

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/askwire/askwire/internal/engine"
	"github.com/askwire/askwire/internal/enginetest"
	"github.com/askwire/askwire/proxy/wire"
)

// site is a configuration in a folder of its own, over a real server with a small shop.
type site struct {
	t    *testing.T
	dir  string
	file string
	env  []string
	db   *sql.DB // root on the server
	shop string  // database
}

const siteConfig = `
[log]
format = "json"

[proxy]
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"
drain_timeout = "5s"

[[backend]]
name = "main"
dsn = "env:SITE_BACKEND"

[store]
dsn = "env:SITE_STORE"
audit = "best_effort"

[[model]]
name = "default"
provider = "offline"

[[profile]]
name = "customer"
tables = ["%[1]s.orders"]
rows = { "%[1]s.orders" = "customer_id = @user_id" }

[[profile]]
name = "analyst"
tables = ["%[1]s.*"]

[[user]]
name = "ana"
password_hash = "env:SITE_HASH"
profiles = ["customer"]
vars = { user_id = 7 }
`

const siteBob = `
[[user]]
name = "bob"
password_hash = "env:SITE_HASH"
profiles = ["analyst"]
rights = ["audit"]
`

func newSite(t *testing.T, dsn string) *site {
	t.Helper()
	hash, err := wire.HashPassword("pw")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, dir: t.TempDir(), shop: "shop"}
	s.file = filepath.Join(s.dir, "config.toml")
	s.env = []string{"SITE_HASH=" + hash, "SITE_BACKEND=" + dsn, "SITE_STORE=" + dsn}
	return s
}

func realSite(t *testing.T) *site {
	t.Helper()
	return siteOn(t, enginetest.Get(t, engine.MariaDB))
}

func siteOn(t *testing.T, server *enginetest.Server) *site {
	t.Helper()
	s := newSite(t, server.DSN)
	server.Database(t, "askwire")
	s.shop = server.NewDatabase(t)
	s.db = server.DB(t)
	for _, q := range []string{
		"CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, amount DECIMAL(10,2) NOT NULL, KEY (customer_id))",
		"INSERT INTO orders VALUES (1, 7, 10.50), (2, 7, 20.00), (3, 8, 99.99)",
		"CREATE TABLE staff (id INT PRIMARY KEY, name VARCHAR(20))",
	} {
		if _, err := server.Open(t, s.shop).ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *site) write(extra string) {
	s.t.Helper()
	if err := os.WriteFile(s.file, []byte(fmt.Sprintf(siteConfig, s.shop)+extra), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) serve() *process {
	s.t.Helper()
	return start(s.t, s.env, "serve", "-c", s.file)
}

func (p *process) hup() int {
	p.t.Helper()
	mark := p.mark()
	if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		p.t.Fatal(err)
	}
	return mark
}

func TestReload(t *testing.T) {
	s := realSite(t)
	s.write(siteBob)
	p := s.serve()
	ana, bob := p.conn("ana", "pw"), p.conn("bob", "pw")
	sum := "SELECT SUM(amount) AS total FROM " + s.shop + ".orders"
	if got := printed(query(t, ana, sum)); got != "total\n30.50\n" {
		t.Fatalf("ana sees %q, want her own rows", got)
	}
	if got := printed(query(t, bob, sum)); got != "total\n130.49\n" {
		t.Fatalf("bob sees %q, want all rows", got)
	}

	// A bad file changes nothing, and the log says why.
	s.write(strings.ReplaceAll(siteBob, "analyst", "analist"))
	p.waitLog(p.hup(), `there is no profile \"analist\". Did you mean \"analyst\"?`)
	if got := printed(query(t, bob, sum)); got != "total\n130.49\n" {
		t.Errorf("after a bad reload bob sees %q", got)
	}
	s.write(siteBob + "\n[[profile]]\nname = \"broken\"\ntables = [\"" + s.shop + ".nothing\"]\n")
	p.waitLog(p.hup(), "the old one stays")

	// So does one that only a restart can bring.
	s.write("\n[[model]]\nname = \"second\"\nprovider = \"offline\"\n" + siteBob)
	p.waitLog(p.hup(), "needs a restart")

	// A good one binds open sessions at their next statement.
	s.write(strings.ReplaceAll(siteBob, `["analyst"]`, `["customer"]`) + "vars = { user_id = 8 }\n")
	p.waitLog(p.hup(), "reloaded")
	if got := printed(query(t, bob, sum)); got != "total\n99.99\n" {
		t.Errorf("after a good reload bob sees %q, want customer 8's rows", got)
	}
	if n, message := number(t, bob, "SELECT * FROM "+s.shop+".staff"); n != 1142 {
		t.Errorf("error %d: %s", n, message)
	}

	// Annotations are read again too: a saved question can be asked at once.
	s.saved("how many orders are there", "SELECT COUNT(*) AS n FROM orders")
	if n, message := number(t, ana, "ASK 'how many orders are there'"); n != 50301 {
		t.Errorf("before the reload: %d %s", n, message)
	}
	p.waitLog(p.hup(), "reloaded")
	if got := printed(query(t, ana, "ASK 'how many orders are there' USING summary = 'off'")); got != "n\n2\n" {
		t.Errorf("after the reload: %q", got)
	}

	// Users who are gone are disconnected, those who stay are not.
	s.write("")
	p.waitLog(p.hup(), "reloaded")
	if _, err := readAll(t.Context(), bob, sum); err == nil {
		t.Error("bob is gone but still served")
	}
	if err := p.open("bob", "pw").PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "1045") {
		t.Errorf("bob logs in: %v", err)
	}
	if got := printed(query(t, ana, sum)); got != "total\n30.50\n" {
		t.Errorf("ana sees %q", got)
	}
}

func TestDrain(t *testing.T) {
	s := realSite(t)
	s.write(siteBob)
	s.replace(`drain_timeout = "5s"`, `drain_timeout = "10m"`)
	p := s.serve()
	idle, busy := p.conn("bob", "pw"), p.conn("bob", "pw")
	query(t, idle, "SELECT 1")
	// A transaction keeps its session through the drain until it ends.
	for _, q := range []string{"BEGIN", "SELECT COUNT(*) FROM " + s.shop + ".orders"} {
		query(t, busy, q)
	}
	mark := p.mark()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.waitLog(mark, "stopping")
	if got := printed(query(t, busy, "SELECT COUNT(*) AS n FROM "+s.shop+".orders")); got != "n\n3\n" {
		t.Errorf("in the drain: %q", got)
	}
	for deadline := time.Now().Add(patience); p.open("bob", "pw").PingContext(t.Context()) == nil; { // the listener closes behind the line in the log
		if time.Now().After(deadline) {
			t.Fatal("new clients are accepted during the drain")
		}
	}
	query(t, busy, "COMMIT")
	select {
	case <-p.exit:
	case <-time.After(patience):
		t.Fatalf("askwire waits for the drain timeout although nothing runs: %s", p.text())
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.text())
	}
}

func TestAdmin(t *testing.T) {
	s := realSite(t)
	s.write(siteBob)
	p := s.serve()
	base := "http://" + p.admin()
	if code, body := get(t, base+"/healthz"); code != 200 || body != "ok\n" {
		t.Errorf("/healthz: %d %q", code, body)
	}
	if code, body := get(t, base+"/readyz"); code != 200 || !strings.Contains(body, `"ready":true`) {
		t.Errorf("/readyz: %d %q", code, body)
	}
	c := p.conn("bob", "pw")
	query(t, c, "SELECT * FROM "+s.shop+".orders")
	number(t, c, "DROP TABLE "+s.shop+".orders")
	code, body := get(t, base+"/metrics")
	if code != 200 {
		t.Errorf("/metrics: %d", code)
	}
	for _, want := range []string{
		"\naskwire_up 1\n", "\naskwire_sessions 1\n", "\naskwire_statements_total 2\n", "\naskwire_denied_total 1\n", "\naskwire_rows_total 3\n",
		"\naskwire_backend_ready{backend=\"main\"} 1\n", "\naskwire_backend_tables{backend=\"main\"} ", "\naskwire_store_ready 1\n",
		"\naskwire_pool_size{backend=\"main\"} 64\n", "\ngo_goroutines ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %q:\n%s", want, body)
		}
	}
}

// admin is the address that the log names.
func (p *process) admin() string {
	p.t.Helper()
	p.waitLog(0, `"admin":"`)
	_, rest, _ := strings.Cut(p.text(), `"admin":"`)
	addr, _, _ := strings.Cut(rest, `"`)
	return addr
}

// closedPort is an address where nothing listens. A port that the kernel gives and takes back may be somebody else's in a moment.
func closedPort(*testing.T) string { return "127.0.0.1:1" }

// A backend that is down at the start costs its users an error that says so, until it is there.
func TestBackendDownAtStart(t *testing.T) {
	real := realSite(t)
	gate := enginetest.NewGate(t, enginetest.Get(t, engine.MariaDB).Addr)
	s := newSite(t, "root@tcp("+gate.Addr+")/")
	s.shop = real.shop
	s.write("")
	p := s.serve()
	err := p.open("ana", "pw").PingContext(t.Context())
	if err == nil || !strings.Contains(err.Error(), "50309") || !strings.Contains(err.Error(), "Try again in a minute") {
		t.Errorf("login: %v, want 50309 with what to do", err)
	}
	if err := p.open("ana", "wrong").PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "1045") {
		t.Errorf("wrong password: %v", err)
	}
	if code, body := get(t, "http://"+p.admin()+"/readyz"); code != 503 || !strings.Contains(body, "backend main") {
		t.Errorf("/readyz: %d %q", code, body)
	}

	gate.Open()
	ana := p.open("ana", "pw")
	for deadline := time.Now().Add(patience); ana.PingContext(t.Context()) != nil; {
		if time.Now().After(deadline) {
			t.Fatalf("the backend is there, but: %v", ana.PingContext(t.Context()))
		}
	}
	c, err := ana.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := printed(query(t, c, "SELECT COUNT(*) AS n FROM "+s.shop+".orders")); got != "n\n2\n" {
		t.Errorf("%q", got)
	}
	if got := printed(query(t, p.conn("ana", "pw"), "SELECT @@version AS v")); !strings.Contains(got, "MariaDB") {
		t.Errorf("announced: %q, want the backend's version", got)
	}
}

func TestFiveErrorsAtStart(t *testing.T) {
	file := "config/testdata/five-errors.bad.toml"
	env := []string{"ASKWIRE_STORE_DSN=a:b@tcp(127.0.0.1:1)/", "ANA_HASH=$A$005$abcdefghijklmnopqrstABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"}
	for _, name := range []string{"serve", "check"} {
		out, code := command(t, env, "", name, "-c", file)
		if n := strings.Count(out, file+":"); code != 1 || n < 5 {
			t.Errorf("%s: exit code %d, %d messages, want 1 and 5:\n%s", name, code, n, out)
		}
	}
}

func TestHashPassword(t *testing.T) {
	out, code := command(t, nil, "correct horse\n", "hash-password", "--native")
	hash := strings.TrimSpace(out)
	if err := wire.VerifyFormat(hash); err != nil || code != 0 || !strings.Contains(hash, " native:*") {
		t.Errorf("%q: %v, exit code %d", out, err, code)
	}
	if strings.Contains(out, "horse") {
		t.Error("the password is printed")
	}
	if out, code := command(t, nil, "\n", "hash-password"); code != 1 || !strings.Contains(out, "empty") {
		t.Errorf("an empty password: exit code %d: %s", code, out)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"serv"}, {"serve", "--lisen", "x"}, {"generate"}, {"ask"}, {"ask", "--format", "xml", "q"}, {"demo", "--listen", "127.0.0.1:0", "--backend", "oracle"}, {"version", "x"}} {
		if out, code := command(t, nil, "", args...); code != 2 || !strings.Contains(out, "--help") {
			t.Errorf("%q: exit code %d, want 2: %s", args, code, out)
		}
	}
	for _, args := range [][]string{{"--help"}, {"demo", "--help"}, {"ask", "--help"}, {}} {
		if out, code := command(t, nil, "", args...); code != 0 || !strings.Contains(out, "ASK '") && !strings.Contains(out, "askwire ask") {
			t.Errorf("%q: exit code %d, want 0 and an example: %s", args, code, out)
		}
	}
	if out, code := command(t, nil, "", "version"); code != 0 || !strings.HasPrefix(out, "askwire ") {
		t.Errorf("version: exit code %d: %s", code, out)
	}
	out, code := command(t, []string{"ASKWIRE_PASSWORD="}, "", "ask", "--addr", closedPort(t), "q")
	if code != 1 || !strings.Contains(out, "askwire serve") {
		t.Errorf("nothing listens: exit code %d: %s", code, out)
	}
}

func TestPortIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newSite(t, "root@tcp("+closedPort(t)+")/")
	s.write("")
	for _, args := range [][]string{{"demo"}, {"serve", "-c", s.file}} {
		out, code := command(t, s.env, "", append(args, "--listen", l.Addr().String())...)
		if code != 1 || !strings.Contains(out, "in use") || !strings.Contains(out, "Choose another address") {
			t.Errorf("%q: exit code %d: %s", args, code, out)
		}
	}
}

// What newcomers run into with `askwire ask`, and an admin_listen that is taken.
func TestAskClient(t *testing.T) {
	enginetest.Get(t, engine.MariaDB)
	p := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--backend", "mariadb", "--scale", "0.02")
	ask := func(in string, args ...string) (string, int) {
		return command(t, []string{"ASKWIRE_PASSWORD=demo"}, in, append([]string{"ask", "--addr", p.addr}, args...)...)
	}
	if out, code := ask("demo\n", "-p", "회원 등급별 고객 수"); code != 0 {
		t.Errorf("the password on standard input: exit code %d: %s", code, out)
	}
	if out, code := ask("", "-p", "회원 등급별 고객 수"); code != 1 || !strings.Contains(out, "holds no password") || strings.Contains(out, "1045") {
		t.Errorf("no password anywhere: exit code %d: %s", code, out)
	}
	if out, code := ask("", "--tls", "true", "회원 등급별 고객 수"); code != 1 || !strings.Contains(out, "SSL_CERT_FILE") || !strings.Contains(out, "--tls skip-verify") {
		t.Errorf("a certificate of its own: exit code %d: %s", code, out)
	}
	if out, code := ask("", "--tls", "skip-verify", "회원 등급별 고객 수"); code != 0 {
		t.Errorf("--tls skip-verify: exit code %d: %s", code, out)
	}
	// A driver that knows the old password exchange only, such as node's mysql, needs the old hash.
	if hash, err := demoHash("demo"); err != nil || wire.VerifyFormat(hash) != nil || !strings.Contains(hash, " native:*") {
		t.Errorf("%q: %v", hash, err)
	}
	s := newSite(t, "root@tcp("+closedPort(t)+")/")
	s.write("")
	s.replace(`admin_listen = "127.0.0.1:0"`, `admin_listen = "`+p.addr+`"`)
	out, code := command(t, s.env, "", "serve", "-c", s.file)
	if code != 1 || !strings.Contains(out, "proxy.admin_listen: listen tcp "+p.addr+": bind: address already in use. Choose another address") {
		t.Errorf("admin_listen is taken: exit code %d: %s", code, out)
	}
}

func TestGenerate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "samples.sql")
	out, code := command(t, nil, "", "generate", "--sql", file, "--domain", "hr", "--scale", "0.01")
	b, err := os.ReadFile(file)
	if err != nil || code != 0 || !strings.Contains(string(b), "CREATE TABLE hr.employees") {
		t.Errorf("%v, exit code %d: %s", err, code, out)
	}
	out, code = command(t, nil, "", "generate", "--sql", file, "--domain", "hr", "--scale", "0.01")
	if again, err := os.ReadFile(file); err != nil || code != 1 || !strings.Contains(out, "--force") || string(again) != string(b) {
		t.Errorf("a file that exists: exit code %d: %s", code, out)
	}
	if out, code := command(t, nil, "", "generate", "--sql", file, "--domain", "ad", "--scale", "0.01", "--force"); code != 0 {
		t.Errorf("--force: exit code %d: %s", code, out)
	}
	if out, code := command(t, nil, "", "generate", "--sql", file, "--force", "--domain", "hrr"); code != 1 || !strings.Contains(out, "Choose from") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
